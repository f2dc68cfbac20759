#include "operator/sandbox/openbao/kv.hpp"

namespace wavegate::sandbox {
namespace json = boost::json;

BaoReply KvV1::serve(const KvRequest& request) {
    if (request.lists()) {
        std::vector<std::string> paths;
        for (const auto& [path, entry] : entries) {
            paths.push_back(path);
        }
        json::array names;
        for (const auto& key : folder_keys(paths, request.path)) {
            names.emplace_back(key);
        }
        return names.empty() ? bao_nothing() : bao_data(json::object{{"keys", std::move(names)}});
    }
    if (request.writes()) {
        const auto* body = request.body.if_object();
        if (body == nullptr || body->empty()) {
            return bao_error(400, "missing data fields");
        }
        entries[request.path] = *body;
        return {};
    }
    if (request.method == "DELETE") {
        entries.erase(request.path);
        return {};
    }
    if (request.method != "GET") {
        return bao_error(405, "1 error occurred:\n\t* unsupported operation\n\n");
    }
    const auto it = entries.find(request.path);
    if (it == entries.end()) {
        return bao_nothing();
    }
    auto reply = bao_data(it->second);
    reply.lease_duration = 2764800;
    return reply;
}

}  // namespace wavegate::sandbox

#include "tests/sim/witness.hpp"

#include "operator/sandbox/target.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace wavegate::testing {
namespace {

namespace json = boost::json;

std::string shown(const SecretValue& value) {
    return value->reveal([](std::string_view text) { return std::string(text); });
}

json::object texts(const std::map<std::string, std::string>& map) {
    json::object out;
    for (const auto& [key, value] : map) {
        out[key] = value;
    }
    return out;
}

json::array list(const std::vector<std::string>& items) {
    return json::array(items.begin(), items.end());
}

json::object client(const ClientBody& body) {
    json::object out;
    for (const auto& [field, on] : body.switches) {
        out[field] = on;
    }
    out["clientAuthenticatorType"] = body.authenticator;
    out["redirectUris"] = list(body.redirect_uris);
    out["webOrigins"] = list(body.web_origins);
    out["attributes"] = texts(body.attributes);
    if (body.authorization_services) {
        out["authorizationServicesEnabled"] = true;
    }
    return out;
}

json::object mapper(const MapperView& view) {
    json::object out;
    out["name"] = view.name;
    out["protocol"] = "openid-connect";
    out["protocolMapper"] = view.protocol_mapper;
    out["config"] = texts(view.config);
    if (!view.id.empty()) {
        out["id"] = view.id;
    }
    return out;
}

/// A text is encoded twice: the policy server parses texts once more.
json::array conditions(const std::vector<PolicyCondition>& all) {
    json::array out;
    for (const auto& each : all) {
        json::object condition;
        condition["path"] = each.path;
        condition["operator"] = each.op;
        json::value value = json::parse(each.value);
        condition["value"] = value.is_string() ? json::value(json::serialize(value)) : value;
        out.emplace_back(std::move(condition));
    }
    return out;
}

json::object policy(const Policy& policy) {
    json::array rules;
    for (const auto& rule : policy.rules) {
        json::object out;
        out["name"] = rule.name;
        out["effect"] = rule.effect == PolicyEffect::Allow ? "allow" : "deny";
        out["actions"] = list(rule.actions);
        if (!rule.principal.empty()) {
            out["principal_conditions"] = conditions(rule.principal);
        }
        if (!rule.resource.empty()) {
            out["resource_conditions"] = conditions(rule.resource);
        }
        rules.emplace_back(std::move(out));
    }
    json::object out;
    out["name"] = policy.name;
    out["description"] = policy.description;
    out["rules"] = std::move(rules);
    return out;
}

struct Requests {
    std::vector<Witness::Body> all;

    void add(std::string method, std::string path, json::value content) {
        Witness::Body body;
        body.method = std::move(method);
        body.path = std::move(path);
        body.content = std::move(content);
        all.push_back(std::move(body));
    }

    void operator()(const StackWrite& write) {
        if (write.commit) {
            const auto& commit = *write.commit;
            json::object push;
            push["reference"] = commit.reference;
            push["expected"] = commit.parent;
            push["path"] = commit.path;
            push["text"] = commit.text;
            add("POST", sandbox::parse_target(commit.url).path, std::move(push));
        }
        json::array env;
        for (const auto& entry : write.env) {
            json::object pair;
            pair["name"] = entry.name;
            pair["value"] = shown(entry.value);
            env.emplace_back(std::move(pair));
        }
        json::object out;
        auto path = fmt::format("/api/stacks/{}", write.stack_id);
        if (const auto* file = std::get_if<std::string>(&write.deploys)) {
            out["stackFileContent"] = *file;
            out["env"] = std::move(env);
            out["prune"] = write.prune;
            out["pullImage"] = write.pull_image;
        } else {
            const auto& kept = std::get<KeptGit>(write.deploys);
            path += "/git/redeploy";
            out["RepositoryReferenceName"] = kept.reference;
            out["RepositoryAuthentication"] = kept.authenticated;
            out["RepositoryUsername"] = kept.username;
            out["RepositoryPassword"] = "";
            out["Env"] = std::move(env);
            out["Prune"] = write.prune;
            out["PullImage"] = write.pull_image;
        }
        add("PUT", std::move(path), std::move(out));
    }

    void operator()(const ServiceRestart& write) {
        add("POST", "/services/" + write.swarm_service + "/update", nullptr);
        all.back().restarts = true;
    }

    void operator()(const ClientWrite& write) {
        if (write.uuid.empty()) {
            auto out = write.body ? client(*write.body) : json::object();
            json::array mappers;
            for (const auto& each : write.mappers) {
                mappers.emplace_back(mapper(each));
            }
            out["clientId"] = write.client_id;
            out["protocol"] = "openid-connect";
            out["protocolMappers"] = std::move(mappers);
            add("POST", "/clients", std::move(out));
            return;
        }
        const auto there = "/clients/" + write.uuid;
        if (write.body) {
            add("PUT", there, client(*write.body));
        }
        for (const auto& each : write.mappers) {
            const auto models = there + "/protocol-mappers/models";
            if (each.id.empty()) {
                add("POST", models, mapper(each));
            } else {
                add("PUT", models + "/" + each.id, mapper(each));
            }
        }
    }

    void operator()(const VaultWrite& write) {
        if (write.marks) {
            json::object out;
            out["metadata_cas"] = write.marks->cas;
            out["custom_metadata"] = texts(write.marks->custom);
            add("POST", "/metadata/" + write.path, std::move(out));
        }
        json::object data;
        for (const auto& [key, value] : write.data) {
            data[key] = json::parse(shown(value));
        }
        json::object out;
        out["data"] = std::move(data);
        out["options"] = json::object{{"cas", write.cas}};
        add("POST", "/data/" + write.path, std::move(out));
    }

    void operator()(const PolicyWrite& write) {
        if (const auto* made = std::get_if<PolicyCreate>(&write)) {
            add("POST", "/admin/policies", policy(made->policy));
        } else {
            add("DELETE", "/admin/policies/" + std::get<PolicyDelete>(write).name, nullptr);
        }
    }

    void operator()(const AnnotationWrite& write) {
        json::object out;
        out["text"] = write.body.text;
        out["tags"] = list(write.body.tags);
        out["time"] = write.body.time_ms;
        if (write.body.time_end_ms > 0) {
            out["timeEnd"] = write.body.time_end_ms;
        }
        if (write.id == 0) {
            add("POST", "/api/annotations", std::move(out));
        } else {
            add("PATCH", fmt::format("/api/annotations/{}", write.id), std::move(out));
        }
    }
};

/// A commit's author is the fleet's own setting, not the write's.
json::value sent_content(const HttpRequest& request, bool push) {
    boost::system::error_code failed;
    auto value = request.body.empty() ? json::value() : json::parse(request.body, failed);
    if (push && value.is_object()) {
        value.as_object().erase("author");
    }
    return value;
}

bool is_restart(const json::value& spec) {
    const auto* object = spec.if_object();
    const auto* tasks = object == nullptr ? nullptr : object->if_contains("TaskTemplate");
    return tasks != nullptr && tasks->is_object() && tasks->get_object().contains("ForceUpdate");
}

/// By the path's end: an entry's own path may say "mcp", too. The fleet's lock says who acts, and
/// needs nobody's leave.
bool is_read(const HttpRequest& request, const std::string& path) {
    return request.method == "GET" || request.method == "HEAD" || path.ends_with("/check") ||
           path.ends_with("/check/bulk") || path.ends_with("/token") || path.ends_with("/mcp") ||
           path.find("/docker/configs/") != std::string::npos;
}

bool stands_for(const Witness::Body& body, const HttpRequest& request, const std::string& path) {
    if (body.method != request.method || !path.ends_with(body.path)) {
        return false;
    }
    const bool push = body.content.is_object() && body.content.get_object().contains("expected");
    const auto content = sent_content(request, push);
    return body.restarts ? is_restart(content) : content == body.content;
}

}  // namespace

std::vector<Witness::Body> bodies_of(const Write& write) {
    Requests requests;
    std::visit([&](const auto& body) { requests(body); }, write);
    return std::move(requests.all);
}

Witness::Leave::Leave(Witness& witness, const Write& write) : witness_(witness) {
    Bodies bodies;
    bodies.all = bodies_of(write);
    at_ = witness_.leaves_.insert(witness_.leaves_.end(), std::move(bodies));
}

void Witness::sent(const HttpRequest& request) {
    const auto path = sandbox::parse_target(request.url).path;
    if (is_read(request, path)) {
        return;
    }
    for (auto& leave : leaves_) {
        // One that a server refused for its token is sent again; none is sent out of its order.
        for (auto i = leave.next; i < leave.all.size(); ++i) {
            if (stands_for(leave.all[i], request, path)) {
                leave.next = i;
                ++compared_;
                return;
            }
        }
    }
    complain_(fmt::format("{} {} stands in no permit", request.method, path));
}

}  // namespace wavegate::testing

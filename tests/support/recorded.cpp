#include "tests/support/recorded.hpp"

#include "operator/base/text.hpp"
#include "tests/support/paths.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace wavegate::testing {

namespace json = boost::json;

namespace {

std::string body_text(const json::value& body) {
    if (body.is_null()) {
        return {};
    }
    return body.is_string() ? std::string(body.get_string()) : json::serialize(body);
}

Headers headers_from(const json::object& side) {
    Headers headers;
    if (const auto* fields = side.if_contains("headers")) {
        for (const auto& [name, value] : fields->as_object()) {
            headers.add(std::string(name), std::string(value.as_string()));
        }
    }
    return headers;
}

std::string query_from(const json::object& request) {
    std::string query;
    const auto* fields = request.if_contains("query");
    if (fields != nullptr && fields->is_object()) {
        for (const auto& [name, value] : fields->get_object()) {
            query += query.empty() ? '?' : '&';
            query += percent_encode(name) + "=" + percent_encode(body_text(value));
        }
    }
    return query;
}

// `body_repeat`: the file holds one item of many equal ones.
json::value repeated(const json::object& request) {
    json::value body = request.at("body");
    if (const auto* times = request.if_contains("body_repeat")) {
        const json::value item = body.as_array().at(0);
        body = json::array(times->to_number<std::size_t>(), item);
    }
    return body;
}

Recorded exchange_from(const json::object& file) {
    const auto& request = file.at("request").as_object();
    const auto& response = file.at("response").as_object();
    Recorded out;
    out.name = std::string(file.at("name").as_string());
    out.method = std::string(request.at("method").as_string());
    out.path = std::string(request.at("path").as_string()) + query_from(request);
    out.request_headers = headers_from(request);
    out.request_body = repeated(request);
    out.status = response.at("status").to_number<int>();
    out.response_headers = headers_from(response);
    out.response_body = response.at("body");
    return out;
}

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw std::runtime_error("cannot read " + path.string());
    }
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

std::string recorded_text(const std::string& file) {
    std::ifstream in(source_path("tests/recorded/" + file));
    return {std::istreambuf_iterator<char>(in), {}};
}

HttpRequest Recorded::request(std::string_view base, std::string_view secret) const {
    HttpRequest out(method, std::string(base) + path);
    for (const auto& [field, value] : request_headers.fields()) {
        std::string text = value;
        const auto open = text.find('<');
        const auto close = text.find('>');
        if (open != std::string::npos && close != std::string::npos) {
            text.replace(open, close - open + 1, secret);
        }
        out.headers.add(field, text);
    }
    out.body = body_text(request_body);
    return out;
}

HttpResponse Recorded::response() const {
    HttpResponse out(status, body_text(response_body));
    out.headers = response_headers;
    return out;
}

std::vector<Recorded> recorded_exchanges(const std::string& folder) {
    std::vector<Recorded> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".json") {
            continue;
        }
        const json::value file = json::parse(read(entry.path()));
        // Some files hold a decoded token, a timeline or a story, and no exchange.
        const auto add = [&](const json::value& item) {
            const auto* request = item.as_object().if_contains("request");
            if (request != nullptr && request->is_object()) {
                out.push_back(exchange_from(item.get_object()));
            }
        };
        if (file.is_object()) {
            add(file);
            continue;
        }
        for (const auto& exchange : file.as_array()) {
            add(exchange);
        }
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return out;
}

json::value body_value(std::string_view body) {
    if (body.empty()) {
        return nullptr;
    }
    boost::system::error_code failed;
    json::value value = json::parse(json::string_view(body), failed);
    return failed ? json::value(json::string_view(body)) : value;
}

}  // namespace wavegate::testing

#include "tests/contract/mcp/exchanges.hpp"

#include "operator/formats/sse.hpp"
#include "tests/support/paths.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <utility>

namespace wavegate {
namespace {

namespace json = boost::json;

const std::string kFolder = testing::source_path("tests/recorded/mcp");

void strip(json::value& value, std::string_view key) {
    if (auto* object = value.if_object()) {
        object->erase(key);
        for (auto& field : *object) {
            strip(field.value(), key);
        }
    } else if (auto* array = value.if_array()) {
        for (auto& item : *array) {
            strip(item, key);
        }
    }
}

}  // namespace

const std::map<std::string, testing::Recorded>& exchanges() {
    static const auto kAll = [] {
        std::map<std::string, testing::Recorded> all;
        for (auto& exchange : testing::recorded_exchanges(kFolder)) {
            all.emplace(exchange.name, exchange);
        }
        return all;
    }();
    return kAll;
}

json::value essence(const HttpResponse& response) {
    json::value body = testing::body_value(response.body);
    const std::string type(response.headers.get("content-type").value_or(""));
    if (type == "text/event-stream") {
        const auto events = formats::parse_sse(response.body);
        body = events.empty() ? json::value() : json::parse(events.back().data);
    }
    if (auto* object = body.if_object()) {
        object->erase("id");
    }
    strip(body, "description");
    return body;
}

json::object recorded_answer(const std::string& name) {
    const auto response = exchanges().at(name).response();
    const auto events = formats::parse_sse(response.body);
    return json::parse(events.back().data).as_object();
}

std::vector<sandbox::ToolDouble> recorded_tools(
    const std::string& list,
    const std::map<std::string, std::string>& results) {
    std::vector<sandbox::ToolDouble> tools;
    const auto answer = recorded_answer(list);
    for (const auto& item : answer.at("result").at("tools").as_array()) {
        sandbox::ToolDouble tool;
        tool.name = std::string(item.at("name").as_string());
        tool.listing = item.as_object();
        tool.listing.erase("name");
        if (const auto call = results.find(tool.name); call != results.end()) {
            const auto recorded = recorded_answer(call->second);
            const auto& result = recorded.at("result").as_object();
            tool.result.text = std::string(result.at("content").at(0).at("text").as_string());
            tool.result.is_error = result.at("isError").as_bool();
            if (const auto* structured = result.if_contains("structuredContent")) {
                tool.result.structured = *structured;
            }
        }
        tools.push_back(std::move(tool));
    }
    return tools;
}

}  // namespace wavegate

#include "operator/formats/last_good.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace wavegate::formats {
namespace {

namespace json = boost::json;

std::string text_of(const json::value* value) {
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

std::optional<LastGoods> parse(std::string_view text) {
    json::error_code error;
    const auto root = json::parse(text, error);
    if (error || !root.is_object()) {
        return std::nullopt;
    }
    LastGoods goods;
    for (const auto& [service, value] : root.get_object()) {
        const auto* good = value.if_object();
        const auto* block = good == nullptr ? nullptr : good->if_contains("block");
        if (block == nullptr || !block->is_object()) {
            return std::nullopt;
        }
        auto& entry = goods[std::string(service)];
        entry.image = text_of(good->if_contains("image"));
        for (const auto& [key, setting] : block->get_object()) {
            entry.block.emplace(std::string(key), text_of(&setting));
        }
        if (const auto* flip = good->if_contains("flip"); flip != nullptr && flip->is_object()) {
            const auto& mark = flip->get_object();
            entry.flip = {text_of(mark.if_contains("rollout")), text_of(mark.if_contains("block"))};
        }
    }
    return goods;
}

std::optional<LastOutbound> parse_outbound(std::string_view text) {
    json::error_code error;
    const auto root = json::parse(text, error);
    if (error || !root.is_object()) {
        return std::nullopt;
    }
    LastOutbound outbound;
    for (const auto& [key, value] : root.get_object()) {
        outbound[std::string(key)] = make_secret(text_of(&value));
    }
    return outbound;
}

}  // namespace

std::optional<LastOutbound> read_last_outbound(const StackEnv& env) {
    const auto* value = find_env(env, kLastOutboundKey);
    if (value == nullptr || *value == nullptr) {
        return std::nullopt;
    }
    return (*value)->reveal([](std::string_view text) { return parse_outbound(text); });
}

SecretValue write_last_outbound(const LastOutbound& outbound) {
    json::object root;
    for (const auto& [key, value] : outbound) {
        value->reveal([&, name = &key](std::string_view text) { root[*name] = text; });
    }
    return make_secret(json::serialize(root));
}

std::optional<LastGoods> read_last_good(const StackEnv& env) {
    const auto* value = find_env(env, kLastGoodKey);
    if (value == nullptr || *value == nullptr || (*value)->empty()) {
        return LastGoods();
    }
    return (*value)->reveal([](std::string_view text) { return parse(text); });
}

SecretValue write_last_good(const LastGoods& goods) {
    json::object root;
    for (const auto& [service, good] : goods) {
        json::object block;
        for (const auto& [key, value] : good.block) {
            block[key] = value;
        }
        json::object entry;
        entry["block"] = std::move(block);
        entry["image"] = good.image;
        if (good.flip) {
            entry["flip"] =
                json::object{{"rollout", good.flip->rollout}, {"block", good.flip->block}};
        }
        root[service] = std::move(entry);
    }
    return make_secret(json::serialize(root));
}

}  // namespace wavegate::formats

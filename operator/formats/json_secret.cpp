#include "operator/formats/json_secret.hpp"

#include "operator/formats/json_fields.hpp"

#include <boost/json/serialize.hpp>

namespace wavegate::formats {

SecretValue json_text(const Secret& plain) {
    return plain.reveal([](std::string_view text) {
        return make_secret(boost::json::serialize(boost::json::string(text)));
    });
}

SecretValue plain_text(const Secret& json) {
    return json.reveal([](std::string_view text) -> SecretValue {
        const auto value = parse_json(text);
        if (!value) {
            return nullptr;
        }
        return make_secret(
            value->is_string() ? std::string(value->get_string()) : boost::json::serialize(*value));
    });
}

}  // namespace wavegate::formats

#include "operator/store/etcd_wire.hpp"

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "operator/formats/answer.hpp"
#include "operator/formats/json_fields.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>
#include <utility>

namespace wavegate::store::etcd {
namespace {

namespace json = boost::json;

constexpr std::string_view kCompacted = "etcd: required revision has been compacted";

json::string text_of(std::int64_t number) {
    return json::string(std::to_string(number));
}

json::string bytes_of(std::string_view bytes) {
    return json::string(base64_encode(bytes));
}

json::object range_of(const Range& range) {
    json::object out{{"key", bytes_of(range.key)}};
    if (!range.end.empty()) {
        out["range_end"] = bytes_of(range.end);
    }
    return out;
}

json::object compare_of(const Compare& compare) {
    const bool created = compare.what == Compare::What::Created;
    json::object out{{"key", bytes_of(compare.key)}, {"result", "EQUAL"}};
    out["target"] = created ? "CREATE" : "MOD";
    out[created ? "create_revision" : "mod_revision"] = text_of(compare.equals);
    return out;
}

json::object put_of(const Put& put) {
    json::object out{{"key", bytes_of(put.key)}, {"value", bytes_of(put.value)}};
    if (put.lease != 0) {
        out["lease"] = text_of(put.lease);
    }
    return json::object{{"request_put", std::move(out)}};
}

/// A number as a text, or as one; 0 where it is left out.
std::int64_t number_in(const json::object& from, std::string_view name) {
    const auto text = formats::text_at(from, {name});
    if (text.empty()) {
        return formats::number_at(from, {name});
    }
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

Result<json::value> object_in(std::string_view body) {
    auto parsed = formats::answer_json(body);
    if (parsed && !parsed->is_object()) {
        return formats::unexpected("no object");
    }
    return parsed;
}

Result<Pair> pair_in(const json::value& in) {
    Pair pair;
    const auto* object = in.if_object();
    const bool good = object != nullptr &&
                      base64_decode(formats::text_at(*object, {"key"}), pair.key) &&
                      base64_decode(formats::text_at(*object, {"value"}), pair.value);
    if (!good || pair.key.empty()) {
        return formats::unexpected("no pair");
    }
    pair.created = number_in(*object, "create_revision");
    pair.modified = number_in(*object, "mod_revision");
    return pair;
}

std::int64_t revision_in(const json::object& answer) {
    const auto* header = formats::object_at(answer, {"header"});
    return header == nullptr ? 0 : number_in(*header, "revision");
}

Result<Pairs> pairs_in(const json::object& answer) {
    Pairs pairs;
    pairs.more = formats::flag_at(answer, {"more"});
    pairs.revision = revision_in(answer);
    pairs.cluster = formats::text_at(answer, {"header", "cluster_id"});
    if (const auto* list = formats::array_at(answer, {"kvs"})) {
        for (const auto& each : *list) {
            auto pair = pair_in(each);
            if (!pair) {
                return pair.take_error();
            }
            pairs.pairs.push_back(std::move(*pair));
        }
    }
    return pairs;
}

/// What the keys of `otherwise` hold.
Result<void> read_found(const json::object& answer, std::size_t keys, TxnAnswer& out) {
    const auto* responses = formats::array_at(answer, {"responses"});
    if (responses == nullptr || responses->size() != keys) {
        return formats::unexpected("a transaction's answer without its reads");
    }
    for (const auto& each : *responses) {
        const auto* object = each.if_object();
        const auto* range =
            object == nullptr ? nullptr : formats::object_at(*object, {"response_range"});
        if (range == nullptr) {
            return formats::unexpected("a transaction's answer without a read");
        }
        auto pairs = pairs_in(*range);
        if (!pairs) {
            return pairs.take_error();
        }
        out.found.emplace_back();
        if (!pairs->pairs.empty()) {
            out.found.back() = std::move(pairs->pairs.front());
        }
    }
    return {};
}

Grant grant_in(const json::object& from) {
    Grant grant;
    grant.lease = number_in(from, "ID");
    grant.seconds = number_in(from, "TTL");
    return grant;
}

}  // namespace

std::string end_of(std::string prefix) {
    prefix.back() = static_cast<char>(prefix.back() + 1);
    return prefix;
}

std::string body_of(const Range& range) {
    auto out = range_of(range);
    if (range.limit != 0) {
        out["limit"] = text_of(range.limit);
    }
    if (range.revision != 0) {
        out["revision"] = text_of(range.revision);
    }
    if (range.keys_only) {
        out["keys_only"] = true;
    }
    if (range.newest_first) {
        out["sort_order"] = "DESCEND";
        out["sort_target"] = "KEY";
    }
    return json::serialize(out);
}

std::string body_of(const Txn& txn) {
    json::array compare;
    for (const auto& each : txn.compare) {
        compare.push_back(compare_of(each));
    }
    json::array success;
    for (const auto& each : txn.puts) {
        success.push_back(put_of(each));
    }
    for (const auto& each : txn.deletes) {
        success.push_back(json::object{{"request_delete_range", range_of(each)}});
    }
    json::array failure;
    for (const auto& key : txn.otherwise) {
        failure.push_back(json::object{{"request_range", range_of(Range(key))}});
    }
    json::object out;
    out["compare"] = std::move(compare);
    out["success"] = std::move(success);
    out["failure"] = std::move(failure);
    return json::serialize(out);
}

std::string grant_body(std::int64_t seconds) {
    return json::serialize(json::object{{"TTL", text_of(seconds)}});
}

std::string lease_body(std::int64_t lease) {
    return json::serialize(json::object{{"ID", text_of(lease)}});
}

std::string compaction_body(std::int64_t revision) {
    return json::serialize(json::object{{"revision", text_of(revision)}});
}

std::string login_body(const std::string& name, const Secret& password) {
    return password.reveal([&](std::string_view clear) {
        return json::serialize(
            json::object{{"name", name}, {"password", json::string_view(clear)}});
    });
}

Result<Pairs> parse_pairs(std::string_view body) {
    const auto parsed = object_in(body);
    if (!parsed) {
        return parsed.error();
    }
    return pairs_in(parsed->get_object());
}

Result<TxnAnswer> parse_txn(std::string_view body, const Txn& asked) {
    const auto parsed = object_in(body);
    if (!parsed) {
        return parsed.error();
    }
    TxnAnswer answer;
    const auto& object = parsed->get_object();
    answer.succeeded = formats::flag_at(object, {"succeeded"});
    answer.revision = revision_in(object);
    if (answer.succeeded || asked.otherwise.empty()) {
        return answer;
    }
    if (auto read = read_found(object, asked.otherwise.size(), answer); !read) {
        return read.take_error();
    }
    return answer;
}

Result<Grant> parse_grant(std::string_view body) {
    const auto parsed = object_in(body);
    if (!parsed) {
        return parsed.error();
    }
    auto grant = grant_in(parsed->get_object());
    if (grant.lease == 0 || grant.seconds <= 0) {
        return formats::unexpected("no lease");
    }
    return grant;
}

Result<Grant> parse_kept(std::string_view body) {
    const auto parsed = object_in(body.substr(0, body.find('\n')));
    if (!parsed) {
        return parsed.error();
    }
    const auto* result = formats::object_at(parsed->get_object(), {"result"});
    if (result == nullptr) {
        return formats::unexpected("no keepalive");
    }
    return grant_in(*result);
}

Result<SecretValue> parse_login(std::string_view body) {
    const auto parsed = object_in(body);
    if (!parsed) {
        return parsed.error();
    }
    auto token = formats::text_at(parsed->get_object(), {"token"});
    if (token.empty()) {
        return formats::unexpected("no token");
    }
    return make_secret(std::move(token));
}

namespace {

ErrorKind kind_of(const HttpResponse& response, std::string_view said) {
    switch (response.status) {
        case 401:
        case 403:
            return ErrorKind::Denied;
        case 404:
            return ErrorKind::NotFound;
        case 412:
            return ErrorKind::Conflict;
        case 429:
            return ErrorKind::Throttled;
        default:
            break;
    }
    if (response.status >= 500) {
        return ErrorKind::Unavailable;
    }
    const bool nobody = said.find("user name is empty") != std::string_view::npos ||
                        said.find("authentication failed") != std::string_view::npos;
    return nobody ? ErrorKind::Denied : ErrorKind::Invalid;
}

}  // namespace

Error refusal(const HttpResponse& response) {
    std::string said;
    if (const auto parsed = formats::parse_json(response.body); parsed && parsed->is_object()) {
        const auto& object = parsed->get_object();
        said = formats::text_at(object, {"message"});
        said = said.empty() ? formats::text_at(object, {"error"}) : said;
    }
    const auto kind = kind_of(response, said);
    const auto effect = response.status >= 500 ? Effect::Maybe : Effect::None;
    if (said.find("required revision has been compacted") != std::string::npos) {
        return Error(ErrorKind::NotFound, std::string(kCompacted)).with_status(response.status);
    }
    auto text = "etcd: " + std::to_string(response.status);
    text += said.empty() ? "" : ": " + their_words(said);
    return Error(kind, std::move(text), effect).with_status(response.status);
}

bool is_compacted(const Error& error) {
    return error.message() == kCompacted;
}

}  // namespace wavegate::store::etcd

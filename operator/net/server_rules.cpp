#include "operator/net/server_rules.hpp"

#include "operator/base/text.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace wavegate::net {
namespace {

using MaybeFault = std::optional<HeadFault>;

MaybeFault fault(int status, std::string message) {
    return HeadFault{status, std::move(message)};
}

std::vector<std::string_view> values_of(const Headers& headers, std::string_view name) {
    std::vector<std::string_view> values;
    for (const auto& [field, value] : headers.fields()) {
        if (iequals(field, name)) {
            values.push_back(value);
        }
    }
    return values;
}

/// The members of a field that is a list (RFC 9110 §5.6.1), in lower case.
std::vector<std::string> members_of(const Headers& headers, std::string_view name) {
    std::vector<std::string> members;
    for (auto value : values_of(headers, name)) {
        while (!value.empty()) {
            const auto comma = std::min(value.find(','), value.size());
            if (const auto member = trim(value.substr(0, comma)); !member.empty()) {
                members.push_back(to_lower(member));
            }
            value.remove_prefix(std::min(comma + 1, value.size()));
        }
    }
    return members;
}

bool is_authority(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char sign) {
        return std::isalnum(sign) != 0 ||
               std::string_view("-._~%:[]").find(static_cast<char>(sign)) != std::string_view::npos;
    });
}

bool is_absolute(std::string_view target) {
    const auto scheme = to_lower(target.substr(0, 8));
    return scheme.starts_with("http://") || scheme == "https://";
}

MaybeFault target_fault(const RawHead& head) {
    const bool good = is_absolute(head.target) ? is_authority(url_authority(head.target))
                                               : head.target.starts_with('/');
    return good ? std::nullopt : fault(400, "the request's target is neither a path nor a URL");
}

MaybeFault host_fault(const RawHead& head) {
    const auto hosts = values_of(head.headers, "Host");
    if (hosts.size() > 1) {
        return fault(400, "there is more than one Host field");
    }
    if (hosts.empty()) {
        return head.version < 11 ? std::nullopt : fault(400, "there is no Host field");
    }
    return is_authority(hosts.front()) ? std::nullopt
                                       : fault(400, "the Host field holds no host's name");
}

/// RFC 9112 §6.1 and §6.3: a body whose end is doubtful could smuggle a second request in.
MaybeFault coding_fault(const RawHead& head) {
    if (!head.headers.get("Transfer-Encoding")) {
        return std::nullopt;
    }
    const auto codings = members_of(head.headers, "Transfer-Encoding");
    const auto chunked = std::count(codings.begin(), codings.end(), "chunked");
    if (head.version < 11 || head.headers.get("Content-Length")) {
        return fault(400, "Transfer-Encoding may stand neither in HTTP/1.0 nor by Content-Length");
    }
    if (chunked != 1 || codings.back() != "chunked") {
        return fault(400, "the last transfer coding, and only that, must be chunked");
    }
    if (codings.size() > 1) {
        return fault(501, "no transfer coding is known here but chunked");
    }
    return std::nullopt;
}

MaybeFault expectation_fault(const RawHead& head) {
    const auto expected = members_of(head.headers, "Expect");
    const bool met = std::all_of(expected.begin(), expected.end(), [](const std::string& one) {
        return one == "100-continue";
    });
    return met || head.version < 11 ? std::nullopt
                                    : fault(417, "no expectation is known here but 100-continue");
}

}  // namespace

std::optional<HeadFault> fault_of(const RawHead& head) {
    for (const auto& rule : {target_fault, host_fault, coding_fault, expectation_fault}) {
        if (auto found = rule(head)) {
            return found;
        }
    }
    return std::nullopt;
}

std::string url_of(const RawHead& head) {
    if (is_absolute(head.target)) {
        return head.target;
    }
    return "http://" + std::string(head.headers.get("Host").value_or("localhost")) + head.target;
}

bool waits_to_continue(const RawHead& head) {
    return head.version >= 11 && !members_of(head.headers, "Expect").empty();
}

}  // namespace wavegate::net

#include "operator/sandbox/portainer/compose_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace wavegate::sandbox {
namespace {

using Kind = ComposeNode::Kind;

struct PortRange {
    std::int64_t first = 0;
    std::int64_t last = 0;
};

std::optional<std::int64_t> port_number(std::string_view digits) {
    std::int64_t value = 0;
    const auto* end = digits.data() + digits.size();
    const auto [at, code] = std::from_chars(digits.data(), end, value);
    const bool good = code == std::errc() && at == end && value >= 0 && value <= 65535;
    return good ? std::optional(value) : std::nullopt;
}

/// `80` or `80-82`
std::optional<PortRange> port_range(std::string_view text) {
    const auto dash = text.find('-');
    const auto first = port_number(text.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : port_number(text.substr(dash + 1));
    if (!first || !last || *last < *first) {
        return std::nullopt;
    }
    return PortRange{*first, *last};
}

struct ShortPort {
    std::optional<PortRange> published;
    PortRange target;
    std::string protocol = "tcp";
};

/// `[[IP:]PUBLISHED:]TARGET[/PROTOCOL]`; Swarm listens on all addresses, whatever IP stands there.
std::optional<ShortPort> short_port(std::string_view text) {
    ShortPort port;
    if (const auto slash = text.find('/'); slash != std::string_view::npos) {
        port.protocol = text.substr(slash + 1);
        text = text.substr(0, slash);
    }
    const auto colon = text.rfind(':');
    const auto target = port_range(text.substr(colon == std::string_view::npos ? 0 : colon + 1));
    if (!target || (port.protocol != "tcp" && port.protocol != "udp" && port.protocol != "sctp")) {
        return std::nullopt;
    }
    port.target = *target;
    const auto front = text.substr(0, colon == std::string_view::npos ? 0 : colon);
    const auto published = front.substr(front.rfind(':') + 1);
    if (published.empty()) {
        return port;
    }
    port.published = port_range(published);
    const bool one = target->first == target->last;
    const bool fits = port.published && (one || port.published->last - port.published->first ==
                                                    target->last - target->first);
    return fits ? std::optional(port) : std::nullopt;
}

json::object port_json(const std::string& protocol, std::int64_t target, std::int64_t published) {
    json::object out;
    out["Protocol"] = protocol;
    out["TargetPort"] = target;
    if (published > 0) {
        out["PublishedPort"] = published;
    }
    out["PublishMode"] = "ingress";
    return out;
}

void add_ports(std::vector<json::object>& out, const ShortPort& port) {
    const auto targets = port.target.last - port.target.first;
    const auto published = port.published.value_or(PortRange());
    const auto count = std::max(targets, published.last - published.first);
    for (std::int64_t i = 0; i <= count; ++i) {
        out.push_back(port_json(
            port.protocol,
            port.target.first + std::min(i, targets),
            port.published ? published.first + i : 0));
    }
}

std::int64_t published_port(const json::object& port) {
    const auto* found = port.if_contains("PublishedPort");
    return found == nullptr ? 0 : found->to_number<std::int64_t>();
}

}  // namespace

json::array ComposeReader::ports(const ComposeNode& node, const std::string& where) const {
    std::vector<json::object> ports;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        const auto& item = node.children[i].value;
        if (item.is(Kind::Map)) {
            auto port = port_json(
                item["protocol"] ? text(item["protocol"], where + ".protocol") : "tcp",
                number(item["target"], where + ".target"),
                item["published"] ? number(item["published"], where + ".published") : 0);
            port["PublishMode"] = item["mode"] ? text(item["mode"], where) : "ingress";
            ports.push_back(std::move(port));
            continue;
        }
        const auto port = short_port(text(item, where + ".[]"));
        if (!port) {
            throw ComposeError{fmt::format("{}.{} Does not match format 'ports'", where, i)};
        }
        add_ports(ports, *port);
    }
    std::ranges::stable_sort(ports, std::less(), published_port);
    json::array out;
    for (auto& port : ports) {
        out.emplace_back(std::move(port));
    }
    return out;
}

}  // namespace wavegate::sandbox

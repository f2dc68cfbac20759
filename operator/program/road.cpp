#include "operator/program/road.hpp"

#include "operator/access/credentials.hpp"
#include "operator/base/file_error.hpp"
#include "operator/formats/certificate.hpp"
#include "operator/settings/git_settings.hpp"
#include "operator/source/ssh.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <utility>

namespace wavegate::program {
namespace {

constexpr std::string_view kCertificate = "clientCertificateFile";
constexpr std::string_view kKey = "clientKeyFile";

Result<std::string> read_file(const std::string& path) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file.is_open() || file.bad()) {
        return unreadable(path, errno);
    }
    return text;
}

Result<void> check_certificate(const Road& road, Wall now) {
    auto certificate = read_file(road.client_certificate_file);
    if (!certificate) {
        return certificate.take_error().in(kCertificate);
    }
    if (auto fit = source::check_private_file(road.client_key_file, "the client key file"); !fit) {
        return fit.take_error().in(kKey);
    }
    auto text = read_file(road.client_key_file);
    if (!text) {
        return text.take_error().in(kKey);
    }
    const Secret key(std::move(*text));
    auto good = formats::check_client_certificate(*certificate, key, now);
    return good ? std::move(good) : good.take_error().in(kCertificate);
}

}  // namespace

Result<Road>
open_road(const settings::Config& config, const settings::Environment& environment, Wall now) {
    Road road;
    road.ca_file = settings::absolute(config.ca_file);
    road.client_certificate_file = settings::absolute(config.client_certificate_file);
    road.client_key_file = settings::absolute(config.client_key_file);
    road.proxy.url = config.proxy.url;
    road.proxy.no_proxy = config.proxy.no_proxy;
    road.proxy.username = config.proxy.username;
    if (!road.ca_file.empty()) {
        if (auto authorities = read_file(road.ca_file); !authorities) {
            return authorities.take_error().in("caFile");
        }
    }
    if (!road.client_certificate_file.empty()) {
        if (auto fit = check_certificate(road, now); !fit) {
            return fit.take_error();
        }
    }
    if (!config.proxy.password.empty()) {
        auto password = access::read_own(config.proxy.password, environment);
        if (!password) {
            return password.take_error().in("proxy.passwordRef");
        }
        road.proxy.password = std::move(*password);
    }
    return road;
}

Result<Road> open_etcd_road(const settings::Config& config, const Road& general, Wall now) {
    constexpr std::string_view field = "store.etcd";
    const auto& etcd = config.etcd;
    Road road = general;
    if (!etcd.ca_file.empty()) {
        road.ca_file = settings::absolute(etcd.ca_file);
        if (auto authorities = read_file(road.ca_file); !authorities) {
            return authorities.take_error().in("caFile").in(field);
        }
    }
    if (!etcd.client_certificate_file.empty()) {
        road.client_certificate_file = settings::absolute(etcd.client_certificate_file);
        road.client_key_file = settings::absolute(etcd.client_key_file);
        if (auto fit = check_certificate(road, now); !fit) {
            return fit.take_error().in(field);
        }
    }
    return road;
}

}  // namespace wavegate::program

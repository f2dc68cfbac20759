#include "operator/net/curl_transport.hpp"
#include "tests/contract/openbao/backend.hpp"
#include "tests/real/openbao/running.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <stdexcept>

namespace wavegate::testing {
namespace {

namespace json = boost::json;

/// Mounts and policies of the test's own on the one server that the program runs.
class RealBao final : public BaoBackend {
  public:
    explicit RealBao(OpenBaoServer& server) : server_(server) {
        static int count = 0;
        name_ = std::to_string(++count);
        make_mount(mount(), "2");
        make_mount(v1_mount(), "1");
    }
    ~RealBao() override {
        static_cast<void>(server_.as_root("DELETE", "sys/mounts/" + mount()));
        static_cast<void>(server_.as_root("DELETE", "sys/mounts/" + v1_mount()));
    }

    Driver& driver() override { return *driver_; }
    Transport& transport() override { return transport_; }
    [[nodiscard]] std::string url() const override { return server_.url(); }
    [[nodiscard]] std::string mount() const override { return "kv-" + name_; }
    [[nodiscard]] std::string v1_mount() const override { return "old-" + name_; }
    [[nodiscard]] std::string root() const override { return server_.root(); }

    std::string issue(const TokenWish& wish) override {
        const auto policy = fmt::format("test-{}-{}", name_, ++policies_);
        json::object paths;
        for (const auto& rule : wish.rules) {
            json::array capabilities;
            for (const auto& capability : rule.capabilities) {
                capabilities.emplace_back(capability);
            }
            paths[rule.path] = json::object{{"capabilities", std::move(capabilities)}};
        }
        const auto text = json::serialize(json::object{{"path", std::move(paths)}});
        expect(server_.as_root("PUT", "sys/policies/acl/" + policy, {{"policy", text}}), 204);
        json::object wanted{{"policies", {policy}}};
        if (wish.ttl) {
            wanted["ttl"] = fmt::format("{}s", wish.ttl->count() / 1000);
        }
        const auto made = server_.as_root("POST", "auth/token/create", wanted);
        expect(made, 200);
        return std::string(
            std::string_view(body_of(made).at_pointer("/auth/client_token").as_string()));
    }
    void revoke(const std::string& token) override {
        expect(server_.as_root("POST", "auth/token/revoke", {{"token", token}}), 204);
    }
    void seal() override { server_.seal(); }
    void unseal() override {
        if (!server_.unseal()) {
            throw std::runtime_error("openbao stays sealed");
        }
    }

  private:
    static void expect(const HttpResponse& answer, int status) {
        if (answer.status != status) {
            throw std::runtime_error(
                fmt::format("openbao answered {} where {} was due", answer.status, status));
        }
    }
    void make_mount(const std::string& name, const std::string& version) {
        expect(
            server_.as_root(
                "POST",
                "sys/mounts/" + name,
                {{"type", "kv"}, {"options", {{"version", version}}}}),
            204);
        // A fresh v2 mount answers 400 "Upgrading…" for some milliseconds.
        const std::string list = name + (version == "2" ? "/metadata/" : "/");
        for (int tries = 0; tries < 200 && server_.as_root("LIST", list).status == 400; ++tries) {
        }
    }

    OpenBaoServer& server_;
    std::string name_;
    std::unique_ptr<Driver> driver_ = live_driver();
    net::CurlTransport transport_{driver_->executor()};
    int policies_ = 0;
};

}  // namespace

std::unique_ptr<BaoBackend> open_openbao() {
    auto* server = running_openbao();
    return server == nullptr ? nullptr : std::make_unique<RealBao>(*server);
}

}  // namespace wavegate::testing

#pragma once

#include "operator/base/time.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/random.hpp"
#include "operator/sandbox/eunomia/rules.hpp"
#include "operator/sandbox/site.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace wavegate::sandbox {

/// A change of the policy list that came over HTTP, whoever sent it.
struct EunomiaWrite {
    enum class Verb { Create, Delete };
    Verb verb = Verb::Create;
    std::string policy;
    Time at{};
};

/// Eunomia 0.3.10 with SQLite and admin keys (eunomia.md): really evaluates.
class Eunomia final : public Site {
  public:
    Eunomia(const Clock& clock, std::string api_key);
    asio::awaitable<HttpResponse> answer(HttpRequest request) override;

    /// By another's hand; the same body as the admin API takes. What that would refuse is a
    /// mistake of the caller: std::invalid_argument.
    void add(const boost::json::value& policy);
    /// False: there was none.
    bool remove(std::string_view name);
    /// The CLI's default policy: everyone may list and execute.
    void add_allow_all();
    void wipe() { policies_.clear(); }
    /// ADMIN_AUTHN_REQUIRED; false lets everybody in, key or not.
    void require_key(bool required) { key_required_ = required; }
    /// A restart on PostgreSQL: the policies come back in another order.
    void restart_shuffled(Random& random);

    /// What the server would answer now, without asking it.
    [[nodiscard]] pdp::Decision decide(const pdp::Question& question) const;
    [[nodiscard]] const std::vector<pdp::Policy>& policies() const { return policies_; }
    [[nodiscard]] const std::vector<EunomiaWrite>& writes() const { return writes_; }

  private:
    struct Call;
    [[nodiscard]] HttpResponse respond(const HttpRequest& request);
    [[nodiscard]] HttpResponse admin(const Call& call);
    [[nodiscard]] HttpResponse check(const Call& call) const;
    [[nodiscard]] HttpResponse check_bulk(const Call& call) const;
    [[nodiscard]] HttpResponse list() const;
    [[nodiscard]] HttpResponse create(const Call& call);
    [[nodiscard]] HttpResponse create_simple(const Call& call);
    [[nodiscard]] HttpResponse get(const Call& call) const;
    [[nodiscard]] HttpResponse erase(const Call& call);
    [[nodiscard]] HttpResponse keep(pdp::Policy policy);
    [[nodiscard]] const pdp::Policy* find(std::string_view name) const;

    const Clock& clock_;
    std::string api_key_;
    bool key_required_ = true;
    std::vector<pdp::Policy> policies_;
    std::vector<EunomiaWrite> writes_;
};

}  // namespace wavegate::sandbox

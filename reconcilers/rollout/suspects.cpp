// What becomes of a service that was proven and does not answer as it should.
#include "reconcilers/rollout/faults.hpp"
#include "reconcilers/rollout/inquiry.hpp"
#include "reconcilers/rollout/trouble.hpp"
#include "reconcilers/rollout/watched.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace wavegate::rollout {
namespace {

/// One service that does not answer as it should, and what becomes of it.
class Suspect {
  public:
    Suspect(Reducer& reducer, const WatchedServices& services, std::size_t place)
        : reducer_(reducer),
          scene_(reducer.scene()),
          services_(services),
          place_(place),
          member_(*services.all()[place].member),
          bad_(*services.all()[place].bad) {}

    Move follow() {
        if (const auto* degraded = member_.as<state::Degraded>()) {
            stay_degraded(*degraded);
            return std::move(move_);
        }
        trouble_ = *member_.trouble();
        trouble_.since = trouble_.since.value_or(bad_.taken);
        trouble_.seen = bad_.seen;
        inquiry_.emplace(scene_, services_, place_, *trouble_.since, move_);
        keep();
        // Of a child that was parked, its direct answer says the rest.
        if (bad_.taken.mono - trouble_.since->mono < kMoment && bad_.seen != ProbeClass::Parked) {
            move_.wait_for(Reason::GateFailed, told(bad_));
            services_.ask_again(move_, bad_.kind, member_, kMoment);
            return std::move(move_);
        }
        if (tells_of_all()) {
            services_.ask_again(move_, bad_.kind, member_, kBadAgain);
        }
        judge();
        return std::move(move_);
    }

  private:
    void keep() {
        auto next = *member_.as<state::Ready>();
        next.trouble = trouble_;
        move_.keeps(std::move(next));
    }

    void raise(std::string_view part, std::string message) {
        reducer_.raise_fault(
            {std::string(part), std::move(message), trouble_.since.value_or(bad_.taken), true},
            object_of_fault(scene_.desired, part));
    }

    /// Good by itself and lost by the multiplexer: a restart is due, as for a service that was
    /// flipped. What a restart did not mend is told; and where its tools are hidden from the
    /// multiplexer, though it is connected, there is no second one.
    void mend_parked() {
        const auto kind = member_.to == AuthMode::Jwt ? CheckKind::Direct : CheckKind::Open;
        const auto* direct = scene_.evidence_since(kind, member_.service, bad_.taken);
        if (direct == nullptr) {
            move_.asks(kind, member_.service, member_.to);
            return;
        }
        if (direct->verdict != Verdict::Pass) {
            return;
        }
        const auto& restarts = scene_.record.multiplexer().restarts;
        const bool restarted = std::any_of(restarts.begin(), restarts.end(), [&](const Time& at) {
            return scene_.age(at) <= std::chrono::hours(1);
        });
        const bool hidden = bad_.facts.find("up") != nullptr;
        if (!restarted || !hidden) {
            move_.claims.push_back(Claim::RestartMultiplexer);
        }
        if (restarted && member_.phase() == Phase::Ready) {
            tell_unmended(hidden);
        }
    }

    void tell_unmended(bool hidden) {
        const bool several = inquiry_->others_fail();
        if (inquiry_->is_asking()) {
            return;
        }
        if (several) {
            raise(
                kThrough,
                hidden ? "multiplexer: sends no principal, or another: services show it no tools, "
                         "and list them when they are called directly with the right one"
                       : "multiplexer: it has lost children that answer directly");
        } else if (hidden) {
            degrade();
        }
    }

    enum class Guilt { Asking, Own, Shared };

    Guilt weigh() {
        if (bad_.kind == CheckKind::Canary || bad_.seen == ProbeClass::Open) {
            return Guilt::Own;
        }
        const bool points_hold = member_.to == AuthMode::None || inquiry_->control_points_hold();
        if (bad_.kind == CheckKind::Through && member_.to == AuthMode::Jwt) {
            // Bad without the multiplexer too: then that answer is judged, and not this one.
            static_cast<void>(inquiry_->holds(CheckKind::Direct, member_.service));
        }
        // What could not be asked tells nothing of the service; whether others could, nothing more.
        const bool several = bad_.verdict != Verdict::Unknown && inquiry_->others_fail();
        if (inquiry_->is_asking()) {
            return Guilt::Asking;
        }
        if (several) {
            raise(
                bad_.kind == CheckKind::Through ? kThrough : kServices, headline_of_several(bad_));
        }
        const bool shared = several || !points_hold || bad_.verdict == Verdict::Unknown;
        return shared ? Guilt::Shared : Guilt::Own;
    }

    void degrade() {
        auto words = told(bad_);
        const auto from = scene_.desired.fleet.multiplexer.principal_from;
        if (bad_.kind == CheckKind::Through && bad_.seen == ProbeClass::PolicyDenied &&
            from == PrincipalSource::Header) {
            words += "; it answers directly: the multiplexer sends it no principal, or another";
        }
        state::Degraded next;
        next.flight = *member_.flight();
        next.cause.message = words;
        move_.turns(Happening::Broke, std::move(next), Reason::None, std::move(words));
    }

    void judge() {
        if (bad_.seen == ProbeClass::Parked) {
            move_.wait_for(Reason::WaitingForMultiplexer, told(bad_));
            mend_parked();
            return;
        }
        switch (weigh()) {
            case Guilt::Asking:
                move_.wait_for(Reason::GateFailed, told(bad_)).looks(kAskAgain);
                break;
            case Guilt::Shared:
                move_.wait_for(Reason::SharedFault, told(bad_));
                break;
            case Guilt::Own:
                degrade();
                break;
        }
    }

    /// While something shared is broken, the first few tell when it is mended.
    [[nodiscard]] bool tells_of_all() const {
        const auto& all = services_.all();
        const auto until = all.begin() + static_cast<std::ptrdiff_t>(place_);
        const auto before = std::count_if(all.begin(), until, [](const Watched& one) {
            return one.member->phase() == Phase::Ready && one.bad != nullptr;
        });
        return static_cast<std::size_t>(before) < kControls;
    }

    void stay_degraded(const state::Degraded& in) {
        services_.ask_again(move_, bad_.kind, member_, kResync);
        if (bad_.seen == ProbeClass::Parked) {
            mend_parked();
        }
        // Before the rollout is done it has its deadline; afterwards it was told at once.
        const bool late =
            !scene_.record.finished() && scene_.is_late(member_.service, member_.since);
        move_.wait_for(late ? Reason::DeadlineExceeded : Reason::None, in.cause.message);
        auto next = in;
        if (late && !next.trouble.suspect_since) {
            next.trouble.suspect_since = scene_.now;
            move_.shout = in.cause.message;
        }
        move_.keeps(std::move(next));
    }

    Reducer& reducer_;
    const Scene& scene_;
    const WatchedServices& services_;
    std::size_t place_;
    const Member& member_;
    const Evidence& bad_;
    Trouble trouble_;
    Move move_;
    std::optional<Inquiry> inquiry_;
};

}  // namespace

Move follow_bad(Reducer& reducer, const WatchedServices& services, std::size_t place) {
    return Suspect(reducer, services, place).follow();
}

}  // namespace wavegate::rollout

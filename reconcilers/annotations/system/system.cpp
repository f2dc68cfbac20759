#include "reconcilers/annotations/system/system.hpp"

#include "reconcilers/annotations/diff.hpp"
#include "reconcilers/annotations/write.hpp"

#include <utility>

namespace wavegate::annotations {
namespace {

using SeenAnnotations = Seen<std::vector<Annotation>>;

class Grafana final : public System {
  public:
    Grafana(Clock& clock, Annotations& grafana) : clock_(clock), grafana_(grafana) {}

    [[nodiscard]] std::string_view name() const override { return "annotation"; }

    asio::awaitable<Sighting> look(std::shared_ptr<const DesiredState> desired) override {
        const auto at = clock_.now();
        std::vector<std::string> tags{"wavegate", "wavegate-fleet:" + desired->fleet.name};
        auto found = co_await grafana_.list(std::move(tags));
        SeenAnnotations seen(std::move(found), at);
        Sighting sighting = [seen = std::move(seen)](Observed& to) { to.annotations = seen; };
        co_return sighting;
    }

    [[nodiscard]] Sighting unseen(const DesiredState& /*desired*/, const Error& error, Time at)
        const override {
        return [none = SeenAnnotations(error, at)](Observed& to) { to.annotations = none; };
    }

    [[nodiscard]] Diff diff(const Pass& pass) override {
        return annotations::diff(pass.desired, pass.observed, pass.record, pass.ledger);
    }

    /// Nothing: what is written is found again by a tag of its own.
    Task<Live> reread(const Edit& /*edit*/) override {
        Live live;
        live.at = clock_.now();
        co_return live;
    }

    [[nodiscard]] Result<Write> write_of(const Edit& edit, const Live& live) const override {
        return annotations::write_of(edit, live);
    }

    Task<Receipt> apply(Permit permit) override { return grafana_.apply(std::move(permit)); }

    [[nodiscard]] std::string object_of(const Edit& /*edit*/, const DesiredState& desired)
        const override {
        return "Fleet/" + desired.fleet.name;
    }

  private:
    Clock& clock_;
    Annotations& grafana_;
};

}  // namespace

std::unique_ptr<System> make_system(Clock& clock, Annotations& grafana) {
    return std::make_unique<Grafana>(clock, grafana);
}

}  // namespace wavegate::annotations

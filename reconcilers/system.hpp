#pragma once

#include "operator/base/task.hpp"
#include "operator/model/desired.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/ledger.hpp"
#include "operator/model/observed.hpp"
#include "operator/model/permit.hpp"
#include "operator/model/rollout.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace wavegate {

/// What was seen of something, to be put into an observation.
using Sighting = std::function<void(Observed&)>;

/// Something outside that a pass is planned from.
class Lookout {
  public:
    Lookout() = default;
    virtual ~Lookout() = default;
    Lookout(const Lookout&) = delete;
    Lookout& operator=(const Lookout&) = delete;

    /// Its lane, too: a look and a write of one name know which of them came first.
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// How long what was seen is as good as seen anew, if nothing was written there. What must be
    /// of this very moment is read again by who needs it: the first gate, and each write.
    [[nodiscard]] virtual Duration trusted() const { return std::chrono::seconds(30); }
    /// Looks once: a fixed handful of requests, whatever the fleet's size. What could not be read
    /// is seen as an error, never as nothing. Lives no longer than this.
    virtual asio::awaitable<Sighting> look(std::shared_ptr<const DesiredState> desired) = 0;
    /// What is shown of it when it gave no answer.
    [[nodiscard]] virtual Sighting unseen(const DesiredState& desired, const Error& error, Time at)
        const = 0;
};

/// What a diff is made of.
struct Pass {
    const DesiredState& desired;
    const Observed& observed;
    const RolloutRecord& record;
    const Ledger& ledger;
};

/// One room with the system that it looks at and writes to. `fleet/` takes an edit to the system of
/// its room (Edit::room), and knows nothing more of it. `diff` and `write_of` are the room's, and
/// pure.
class System : public Lookout {
  public:
    [[nodiscard]] virtual Diff diff(const Pass& pass) = 0;
    /// What an edit touches, read again now: the object alone. Lives no longer than the edit.
    virtual Task<Live> reread(const Edit& edit) = 0;
    /// The whole body as it will be sent, on what was read again.
    [[nodiscard]] virtual Result<Write> write_of(const Edit& edit, const Live& live) const = 0;
    /// Sends what was judged. Errors as the port's `apply`.
    virtual Task<Receipt> apply(Permit permit) = 0;
    /// What an edit is about, as status and events name it: "EunomiaPolicy/baseline".
    [[nodiscard]] virtual std::string object_of(const Edit& edit, const DesiredState& desired)
        const = 0;
    /// What the ledger must know of that which a write meets, so that its outcome can be told from
    /// others' doings afterwards.
    virtual void note(
        Intent& /*intent*/,
        const Edit& /*edit*/,
        const Write& /*write*/,
        const Live& /*live*/) const {}
};

}  // namespace wavegate

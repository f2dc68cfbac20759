#include "operator/net/server_crowd.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace wavegate::net {
namespace {

bool stranger_waits(const Crowd::Guest& guest) {
    return !guest.known && !guest.served;
}
bool stranger_served(const Crowd::Guest& guest) {
    return !guest.known && guest.served;
}
bool known_waits(const Crowd::Guest& guest) {
    return guest.known && !guest.served;
}
bool is_known_served(const Crowd::Guest& guest) {
    return guest.known && guest.served;
}

void send_away(Crowd::Guest& guest) {
    guest.leaving = true;
    guest.leave();
}

}  // namespace

void Crowd::enter(Guest& guest) {
    guest.since = ++turns_;
    guests_.insert(&guest);
}

void Crowd::exit(Guest& guest) {
    guests_.erase(&guest);
}

void Crowd::waits(Guest& guest) {
    guest.served = false;
    guest.holds = 0;
    guest.since = ++turns_;
}

std::size_t Crowd::count(const std::function<bool(const Guest&)>& kind) const {
    return static_cast<std::size_t>(
        std::count_if(guests_.begin(), guests_.end(), [&](const Guest* guest) {
            return !guest->leaving && kind(*guest);
        }));
}

std::size_t Crowd::staying() const {
    return count([](const Guest& /*any*/) { return true; });
}

std::size_t Crowd::known_served() const {
    return count(is_known_served);
}

/// Of a kind, the one whose network has most strangers here; of these the eldest.
Crowd::Guest* Crowd::eldest(const std::function<bool(const Guest&)>& kind) const {
    std::map<std::string_view, std::size_t> strangers;
    for (const auto* guest : guests_) {
        strangers[guest->network] += guest->leaving || guest->known ? 0 : 1;
    }
    Guest* chosen = nullptr;
    const auto before = [&](const Guest& one, const Guest& other) {
        const auto many = strangers[one.network];
        const auto more = strangers[other.network];
        return many != more ? many > more : one.since < other.since;
    };
    for (auto* guest : guests_) {
        if (!guest->leaving && kind(*guest) && (chosen == nullptr || before(*guest, *chosen))) {
            chosen = guest;
        }
    }
    return chosen;
}

Crowd::Guest* Crowd::who_gives_way() const {
    // Were those who wait alone to go, slow readers could take all other seats, and a newcomer
    // would be gone before its request has come.
    const auto rest = seats_ - std::min(seats_, known_served());
    if (count(stranger_served) > rest / 2) {
        return eldest(stranger_served);
    }
    for (const auto& kind : {stranger_waits, stranger_served, known_waits}) {
        if (auto* guest = eldest(kind)) {
            return guest;
        }
    }
    return nullptr;
}

bool Crowd::make_room() {
    auto* guest = who_gives_way();
    if (guest == nullptr) {
        return false;
    }
    send_away(*guest);
    return true;
}

void Crowd::bound_holdings(std::size_t limit, const Guest& except) {
    const auto held = [this] {
        std::size_t sum = 0;
        for (const auto* guest : guests_) {
            sum += guest->leaving || guest->known ? 0 : guest->holds;
        }
        return sum;
    };
    const auto holder = [&](const Guest& guest) {
        return &guest != &except && !guest.known && guest.holds > 0;
    };
    while (held() > limit) {
        auto* guest = eldest(holder);
        if (guest == nullptr) {
            return;
        }
        send_away(*guest);
    }
}

}  // namespace wavegate::net

#pragma once

#include <string>
#include <utility>

namespace wavegate {

/// What a request carries, by where it comes from: the gate asks where that may go.
struct Credential {
    enum class Kind {
        Given,       ///< a reference of the desired state, or what its own server gave for it
        LoginToken,  ///< minted for a vault's login, and what the vault gave for it
        Probe,       ///< a probe, with the token that was minted for it
    };

    static Credential given(std::string reference) { return {Kind::Given, std::move(reference)}; }
    static Credential login_token() { return {Kind::LoginToken, {}}; }
    static Credential probe() { return {Kind::Probe, {}}; }

    Kind kind = Kind::Given;
    std::string reference;  ///< of a given one
};

}  // namespace wavegate

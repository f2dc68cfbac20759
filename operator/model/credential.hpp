#pragma once

#include <string>
#include <utility>

namespace wavegate {

/// What a request carries, by where it comes from: the gate asks where that may go.
struct Credential {
    enum class Kind {
        Given,     ///< a reference of the desired state, or what its own server gave for it
        OwnToken,  ///< a token of the operator's own Keycloak client, on its way to others
        Probe,     ///< a probe, with the token that was minted for it
    };

    static Credential given(std::string reference) { return {Kind::Given, std::move(reference)}; }
    static Credential own_token() { return {Kind::OwnToken, {}}; }
    static Credential probe() { return {Kind::Probe, {}}; }

    Kind kind = Kind::Given;
    std::string reference;  ///< of a given one
};

}  // namespace wavegate

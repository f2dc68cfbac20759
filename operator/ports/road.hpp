#pragma once

#include "operator/base/secret.hpp"

#include <string>
#include <string_view>

namespace wavegate {

/// An HTTP proxy: https goes through it by CONNECT, http by absolute URLs.
struct Proxy {
    std::string url;       ///< http://host:port; empty: none, whatever the environment names
    std::string no_proxy;  ///< hosts, domains and networks that are reached directly: "a,.b"
    std::string username;
    SecretValue password;  ///< null: none
};

/// By which way servers are reached over http and https: for all systems around, and for git.
/// The files are named by absolute paths and read anew for each connection.
struct Road {
    std::string ca_file;                  ///< PEM; empty: the system's authorities
    std::string client_certificate_file;  ///< PEM, shown to every server that asks; empty: none
    std::string client_key_file;          ///< PEM, without a passphrase
    Proxy proxy;
};

/// Is curl's complaint, in its fixed phrases, about the proxy itself: not there, or its name not
/// resolved?
bool blames_proxy(const Proxy& proxy, std::string_view said);

}  // namespace wavegate

#pragma once

#include <string>

namespace wavegate::testing {

/// A certificate and its private key, as PEM files.
struct Leaf {
    std::string certificate_file;
    std::string key_file;
};

/// A private authority that issues certificates for 127.0.0.1 and localhost, for servers and
/// clients alike.
class Authority {
  public:
    /// Its files go into `folder`.
    Authority(std::string folder, std::string name);

    [[nodiscard]] std::string ca_file() const { return folder_ + "/" + name_ + ".pem"; }
    /// Valid from now for so many days; below zero: its time is over.
    [[nodiscard]] Leaf issue(const std::string& name, int days = 2) const;

  private:
    std::string folder_;
    std::string name_;
};

}  // namespace wavegate::testing

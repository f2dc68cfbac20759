#pragma once

#include "tests/real/fleet/stacks.hpp"

#include <string>
#include <vector>

namespace wavegate::testing {

/// Where the systems around are, as the desired state names them.
struct Systems {
    std::string portainer;
    std::string keycloak;
    std::string openbao;
    std::string eunomia;
    int multiplexer_port = 0;
    std::string realm;
};

/// The desired state in a real git repository, one file a service.
class DesiredRepository {
  public:
    /// Every service open; the first commit is made.
    DesiredRepository(
        std::string folder,
        const Systems& systems,
        const std::vector<Service>& services);

    [[nodiscard]] const std::string& folder() const { return folder_; }
    /// "jwt" or "none" in the service's document; commit it.
    void set_auth(const std::string& service, const std::string& auth) const;
    /// One more rule at the end of the only policy; commit it.
    void add_rule(const std::string& rule) const;
    void commit(const std::string& message) const;

  private:
    void write(const std::string& file, const std::string& text) const;
    void write_service(const Service& service, const std::string& auth) const;

    std::string folder_;
    std::vector<Service> services_;
};

}  // namespace wavegate::testing

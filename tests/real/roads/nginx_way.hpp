#pragma once

#include "tests/real/roads/repository.hpp"
#include "tests/real/support/authority.hpp"
#include "tests/real/support/nginx_server.hpp"

#include <memory>
#include <string>

namespace wavegate::roads {

/// nginx with a certificate of a private authority: git's http-backend for who has the token, and
/// a page, each once more for those alone whom a certificate of that authority lets in.
class NginxWay {
  public:
    /// Repositories below `root` are served. Null when it is not installed here.
    static std::unique_ptr<NginxWay> start(const std::string& root);

    [[nodiscard]] Way way() const { return way_to(port_); }
    /// By client certificate; without one in it.
    [[nodiscard]] Way certified_way() const { return way_to(certified_port_); }
    [[nodiscard]] std::string page() const { return page_at(port_, "https"); }
    [[nodiscard]] std::string certified_page() const { return page_at(certified_port_, "https"); }
    [[nodiscard]] std::string plain_page() const { return page_at(plain_port_, "http"); }
    [[nodiscard]] testing::Authority& authority() { return authority_; }
    [[nodiscard]] testing::NginxServer& nginx() { return *nginx_; }
    [[nodiscard]] std::string folder() const { return folder_.path(); }

  private:
    explicit NginxWay(std::unique_ptr<testing::NginxServer> nginx) : nginx_(std::move(nginx)) {}
    void boot(const std::string& root);
    [[nodiscard]] Way way_to(int port) const;
    [[nodiscard]] static std::string page_at(int port, const std::string& scheme) {
        return scheme + "://127.0.0.1:" + std::to_string(port) + "/page";
    }

    testing::TempFolder folder_{"wavegate-authority"};
    testing::Authority authority_{folder_.path(), "authority"};
    std::unique_ptr<testing::NginxServer> nginx_;
    int port_ = 0;
    int certified_port_ = 0;
    int plain_port_ = 0;
};

}  // namespace wavegate::roads

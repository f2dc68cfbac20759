#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <map>
#include <memory>

namespace wavegate::net {

namespace asio = boost::asio;

/// One libcurl multi handle driven by Asio: sockets and the timer are watched on `executor`,
/// transfers report back by their `done` function. Handles are curl's own types, as `void*`.
/// Never call it from inside a curl callback.
class CurlMulti : public std::enable_shared_from_this<CurlMulti> {
  public:
    /// Called with curl's result code; must not call back into the multi handle.
    using Done = std::function<void(int code)>;

    CurlMulti(asio::any_io_executor executor, int connections_per_host);
    ~CurlMulti();
    CurlMulti(const CurlMulti&) = delete;
    CurlMulti& operator=(const CurlMulti&) = delete;

    /// Never ends the transfer synchronously.
    void add(void* easy, Done done);
    void remove(void* easy);

  private:
    struct Watch;
    struct Impl;
    static int on_socket(void* easy, int fd, int what, void* self, void* watch);
    static int on_timer(void* multi, long milliseconds, void* self);
    void watch(int fd, int what);
    void unwatch(int fd);
    void arm(const std::shared_ptr<Watch>& watch);
    void wait_for(const std::shared_ptr<Watch>& watch, bool writable);
    void act(int fd, int events);
    void report_finished();

    std::unique_ptr<Impl> impl_;
};

}  // namespace wavegate::net

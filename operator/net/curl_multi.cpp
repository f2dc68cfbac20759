#include "operator/net/curl_multi.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <curl/curl.h>

#include <chrono>
#include <stdexcept>
#include <utility>

namespace wavegate::net {
namespace {

struct GlobalCurl {
    GlobalCurl() {
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
            throw std::runtime_error("libcurl does not start");
        }
    }
};

void start_curl_once() {
    static const GlobalCurl global;
}

}  // namespace

/// A socket of curl's. The descriptor is curl's to close: it is released, never closed, here.
struct CurlMulti::Watch {
    Watch(const asio::any_io_executor& executor, int number) : descriptor(executor), fd(number) {}

    asio::posix::stream_descriptor descriptor;
    int fd;
    int wanted = 0;
    bool reading = false;
    bool writing = false;
    bool gone = false;  ///< curl let go of it; its number may already be another's
};

struct CurlMulti::Impl {
    explicit Impl(asio::any_io_executor e)
        : executor(std::move(e)), timer(executor), multi(curl_multi_init()) {}

    asio::any_io_executor executor;
    asio::steady_timer timer;
    CURLM* multi;
    std::map<int, std::shared_ptr<Watch>> watches;
    std::map<void*, Done> transfers;
};

CurlMulti::CurlMulti(asio::any_io_executor executor, int connections_per_host) {
    start_curl_once();
    impl_ = std::make_unique<Impl>(std::move(executor));
    auto* multi = impl_->multi;
    auto* on_socket_call = +[](CURL* easy, curl_socket_t fd, int what, void* self, void* watch) {
        return on_socket(easy, fd, what, self, watch);
    };
    auto* on_timer_call =
        +[](CURLM* handle, long wait, void* self) { return on_timer(handle, wait, self); };
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket_call);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer_call);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, long{connections_per_host});
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 64L);
}

CurlMulti::~CurlMulti() {
    curl_multi_setopt(impl_->multi, CURLMOPT_SOCKETFUNCTION, nullptr);
    curl_multi_setopt(impl_->multi, CURLMOPT_TIMERFUNCTION, nullptr);
    while (!impl_->watches.empty()) {
        unwatch(impl_->watches.begin()->first);
    }
    curl_multi_cleanup(impl_->multi);
}

void CurlMulti::add(void* easy, Done done) {
    impl_->transfers.emplace(easy, std::move(done));
    if (curl_multi_add_handle(impl_->multi, easy) != CURLM_OK) {
        throw std::runtime_error("libcurl does not take a transfer");
    }
}

void CurlMulti::remove(void* easy) {
    curl_multi_remove_handle(impl_->multi, easy);
    impl_->transfers.erase(easy);
    if (impl_->transfers.empty()) {
        impl_->timer.cancel();
    }
}

int CurlMulti::on_socket(void* /*easy*/, int fd, int what, void* self, void* /*watch*/) {
    auto* multi = static_cast<CurlMulti*>(self);
    if (what == CURL_POLL_REMOVE) {
        multi->unwatch(fd);
    } else {
        multi->watch(fd, what);
    }
    return 0;
}

int CurlMulti::on_timer(void* /*multi*/, long milliseconds, void* self) {
    auto* multi = static_cast<CurlMulti*>(self);
    auto& timer = multi->impl_->timer;
    if (milliseconds < 0) {
        timer.cancel();
        return 0;
    }
    timer.expires_after(std::chrono::milliseconds(milliseconds));
    timer.async_wait([weak = multi->weak_from_this()](const boost::system::error_code& failed) {
        if (auto alive = weak.lock(); alive && !failed) {
            alive->act(CURL_SOCKET_TIMEOUT, 0);
        }
    });
    return 0;
}

void CurlMulti::watch(int fd, int what) {
    auto& watch = impl_->watches[fd];
    if (!watch) {
        watch = std::make_shared<Watch>(impl_->executor, fd);
        boost::system::error_code failed;
        // Unwatched, the transfer ends by its deadline: a callback of curl's must not throw.
        watch->descriptor.assign(fd, failed);
    }
    watch->wanted = what;
    arm(watch);
}

void CurlMulti::unwatch(int fd) {
    const auto found = impl_->watches.find(fd);
    if (found == impl_->watches.end()) {
        return;
    }
    found->second->gone = true;
    found->second->descriptor.release();
    impl_->watches.erase(found);
}

void CurlMulti::arm(const std::shared_ptr<Watch>& watch) {
    if ((watch->wanted & CURL_POLL_IN) != 0 && !watch->reading) {
        watch->reading = true;
        wait_for(watch, false);
    }
    if ((watch->wanted & CURL_POLL_OUT) != 0 && !watch->writing) {
        watch->writing = true;
        wait_for(watch, true);
    }
}

void CurlMulti::wait_for(const std::shared_ptr<Watch>& watch, bool writable) {
    const auto what = writable ? asio::posix::stream_descriptor::wait_write
                               : asio::posix::stream_descriptor::wait_read;
    watch->descriptor.async_wait(
        what, [weak = weak_from_this(), watch, writable](const boost::system::error_code& failed) {
            (writable ? watch->writing : watch->reading) = false;
            const auto alive = weak.lock();
            // This handler may have been queued when curl let go of the socket.
            if (!alive || watch->gone || failed == asio::error::operation_aborted) {
                return;
            }
            const int wanted = writable ? CURL_POLL_OUT : CURL_POLL_IN;
            if ((watch->wanted & wanted) == 0) {
                return;
            }
            alive->act(watch->fd, writable ? CURL_CSELECT_OUT : CURL_CSELECT_IN);
            if (!watch->gone) {
                alive->arm(watch);
            }
        });
}

void CurlMulti::act(int fd, int events) {
    int running = 0;
    curl_multi_socket_action(impl_->multi, fd, events, &running);
    report_finished();
}

void CurlMulti::report_finished() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(impl_->multi, &left)) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        const auto transfer = impl_->transfers.find(message->easy_handle);
        if (transfer != impl_->transfers.end()) {
            transfer->second(static_cast<int>(message->data.result));
        }
    }
}

}  // namespace wavegate::net

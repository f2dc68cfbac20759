#include "operator/net/curl_transport.hpp"

#include "operator/base/text.hpp"
#include "operator/net/curl_multi.hpp"
#include "operator/net/refusals.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <curl/curl.h>

#include <array>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

namespace wavegate::net {
namespace {

constexpr std::size_t kHeaderLimit = 256U << 10U;

bool has_line_break(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

bool is_sendable(const HttpRequest& request) {
    for (const auto& [name, value] : request.headers.fields()) {
        if (has_line_break(name) || has_line_break(value)) {
            return false;
        }
    }
    for (const auto& [name, secret] : request.secret_headers) {
        if (has_line_break(name) || secret->reveal(has_line_break)) {
            return false;
        }
    }
    return request.url.starts_with("http://") || request.url.starts_with("https://");
}

/// curl copies each line; the copies are wiped when the list goes.
class HeaderList {
  public:
    HeaderList() = default;
    ~HeaderList() {
        for (auto* line = list_; line != nullptr; line = line->next) {
            explicit_bzero(line->data, std::strlen(line->data));
        }
        curl_slist_free_all(list_);
    }
    HeaderList(const HeaderList&) = delete;
    HeaderList& operator=(const HeaderList&) = delete;

    void add(std::string_view name, std::string_view value) {
        // "Name;" is curl's way to write a header without a value.
        std::string line(name);
        line += value.empty() ? ";" : ": ";
        line += value;
        append(line);
        wipe(line);
    }
    /// Keeps curl from adding its own.
    void suppress(std::string_view name) { append(std::string(name) + ":"); }
    [[nodiscard]] curl_slist* get() const { return list_; }

  private:
    void append(const std::string& line) {
        auto* longer = curl_slist_append(list_, line.c_str());
        if (longer == nullptr) {
            throw std::bad_alloc();
        }
        list_ = longer;
    }
    curl_slist* list_ = nullptr;
};

/// One request in curl's hands. Its destructor takes it back, wherever it stands: answered,
/// cancelled, or destroyed with its io_context.
class Transfer {
  public:
    Transfer(
        std::shared_ptr<CurlMulti> multi,
        const asio::any_io_executor& executor,
        HttpRequest request,
        const CurlSettings& settings);
    ~Transfer();
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    asio::awaitable<void> finish();
    Result<HttpResponse> result();

  private:
    void set_up(const CurlSettings& settings);
    void set_road(const Road& road);
    void set_method();
    void set_headers();
    [[nodiscard]] int status() const;
    [[nodiscard]] Error failure() const;
    [[nodiscard]] std::optional<Error> refusal_of_road() const;
    [[nodiscard]] Error not_sent() const;
    std::size_t on_header(std::string_view line);
    std::size_t on_body(std::string_view piece);

    template <class T>
    void set(CURLoption option, T value) {
        if (curl_easy_setopt(easy_, option, value) != CURLE_OK) {
            throw std::runtime_error("libcurl refuses an option");
        }
    }

    std::shared_ptr<CurlMulti> multi_;
    Proxy proxy_;
    std::array<char, CURL_ERROR_SIZE> said_{};  // by curl: compared, never shown
    HttpRequest request_;
    HttpResponse response_;
    HeaderList headers_;
    CURL* easy_;
    /// Never expires: cancelled when curl is done, or with the caller's coroutine.
    asio::steady_timer done_;
    bool finished_ = false;
    bool head_complete_ = false;
    bool enough_ = false;
    bool too_long_ = false;
    std::size_t head_size_ = 0;
    CURLcode code_ = CURLE_OK;
};

Transfer::Transfer(
    std::shared_ptr<CurlMulti> multi,
    const asio::any_io_executor& executor,
    HttpRequest request,
    const CurlSettings& settings)
    : multi_(std::move(multi)),
      proxy_(settings.road.proxy),
      request_(std::move(request)),
      easy_(curl_easy_init()),
      done_(executor, asio::steady_timer::time_point::max()) {
    set_up(settings);
    set_method();
    set_headers();
    multi_->add(easy_, [this](int code) {
        code_ = static_cast<CURLcode>(code);
        finished_ = true;
        done_.cancel();
    });
}

Transfer::~Transfer() {
    multi_->remove(easy_);
    curl_easy_cleanup(easy_);
    wipe(request_.body);
}

void Transfer::set_up(const CurlSettings& settings) {
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_PATH_AS_IS, 1L);
    // Over HTTP/2 one cancelled transfer takes others with it.
    set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set_road(settings.road);
    set(CURLOPT_ERRORBUFFER, said_.data());
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout.count()));
    set(CURLOPT_NOSIGNAL, 1L);
    // Giving up must not wait for a name server.
    set(CURLOPT_QUICK_EXIT, 1L);
    // A stream is as silent when its other end is gone, and may use a connection of others.
    set(CURLOPT_TCP_KEEPALIVE, 1L);

    auto* on_header_call =
        +[](char* data, std::size_t size, std::size_t count, void* self) noexcept {
            return static_cast<Transfer*>(self)->on_header({data, size * count});
        };
    auto* on_body_call = +[](char* data, std::size_t size, std::size_t count, void* self) noexcept {
        return static_cast<Transfer*>(self)->on_body({data, size * count});
    };
    set(CURLOPT_HEADERFUNCTION, on_header_call);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, on_body_call);
    set(CURLOPT_WRITEDATA, this);
}

void Transfer::set_road(const Road& road) {
    set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
    if (!road.ca_file.empty()) {
        set(CURLOPT_CAINFO, road.ca_file.c_str());
    }
    if (!road.client_certificate_file.empty()) {
        set(CURLOPT_SSLCERT, road.client_certificate_file.c_str());
        set(CURLOPT_SSLKEY, road.client_key_file.c_str());
        // Else OpenSSL asks for a locked key's passphrase on the terminal.
        set(CURLOPT_KEYPASSWD, "");
    }
    const auto& proxy = road.proxy;
    // Set even when empty: else the environment's would count.
    set(CURLOPT_PROXY, proxy.url.c_str());
    set(CURLOPT_NOPROXY, proxy.no_proxy.c_str());
    set(CURLOPT_HEADEROPT, long{CURLHEADER_SEPARATE});
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (!proxy.url.empty() && proxy.password) {
        set(CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
        set(CURLOPT_PROXYUSERNAME, proxy.username.c_str());
        proxy.password->reveal([this](std::string_view value) {
            std::string text(value);
            set(CURLOPT_PROXYPASSWORD, text.c_str());
            wipe(text);
        });
    }
}

void Transfer::set_method() {
    const auto& method = request_.method;
    if (method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
        return;
    }
    const bool has_body = !request_.body.empty();
    if (has_body || method == "POST" || method == "PUT" || method == "PATCH") {
        set(CURLOPT_POST, 1L);
        set(CURLOPT_POSTFIELDS, request_.body.data());
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    }
    set(CURLOPT_CUSTOMREQUEST, method.c_str());
    if (method != "GET") {
        // When a kept connection breaks before the answer, curl sends the request again, a POST
        // too. On a connection of its own it does not: a write is never sent twice.
        set(CURLOPT_FRESH_CONNECT, 1L);
    }
}

void Transfer::set_headers() {
    for (const auto& [name, value] : request_.headers.fields()) {
        headers_.add(name, value);
    }
    for (const auto& [name, secret] : request_.secret_headers) {
        secret->reveal([&, key = std::string_view(name)](std::string_view value) {
            headers_.add(key, value);
        });
    }
    headers_.suppress("Expect");
    if (!request_.headers.get("Content-Type")) {
        headers_.suppress("Content-Type");
    }
    set(CURLOPT_HTTPHEADER, headers_.get());
}

asio::awaitable<void> Transfer::finish() {
    if (!finished_) {
        (void)co_await done_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

/// Of the answer whose head came last.
int Transfer::status() const {
    long code = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &code);
    return static_cast<int>(code);
}

std::size_t Transfer::on_header(std::string_view line) {
    head_size_ += line.size();
    if (head_size_ > kHeaderLimit) {
        too_long_ = true;
        return 0;
    }
    const auto colon = line.find(':');
    if (line.starts_with("HTTP/")) {
        // An interim answer (1xx) came before.
        response_.headers = Headers();
        head_complete_ = false;
    } else if (colon != std::string_view::npos) {
        response_.headers.add(
            std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1))));
    } else if (trim(line).empty()) {
        head_complete_ = true;
        if (status() / 100 == 2) {
            enough_ = request_.head_is_enough || (request_.each && !request_.each({}));
            return enough_ ? 0 : line.size();
        }
    }
    return line.size();
}

std::size_t Transfer::on_body(std::string_view piece) {
    if (request_.each && status() / 100 == 2) {
        enough_ = !request_.each(piece);
        return enough_ ? 0 : piece.size();
    }
    const auto room = request_.response_limit - response_.body.size();
    if (piece.size() > room) {
        too_long_ = true;
        return 0;
    }
    response_.body += piece;
    if (request_.enough && request_.enough(response_.body)) {
        enough_ = true;
        return 0;
    }
    return piece.size();
}

Result<HttpResponse> Transfer::result() {
    if (!finished_) {
        return Error(ErrorKind::Cancelled, "request cancelled", Effect::Maybe);
    }
    const bool good = enough_ || (code_ == CURLE_OK && head_complete_);
    if (!good) {
        return failure();
    }
    response_.status = status();
    if (auto refused = refusal_in(response_, !proxy_.url.empty())) {
        return std::move(*refused);
    }
    return std::move(response_);
}

/// Why nothing of the request itself was sent, in words of our own: curl's name hosts and files.
Error Transfer::not_sent() const {
    const std::string_view said = said_.data();
    if (blames_proxy(proxy_, said)) {
        return {ErrorKind::Unavailable, "the proxy can't be reached"};
    }
    if (code_ == CURLE_SSL_CERTPROBLEM) {
        return {
            ErrorKind::Invalid,
            "the client certificate or its key can't be used (clientCertificateFile, "
            "clientKeyFile)"};
    }
    if (code_ == CURLE_SSL_CACERT_BADFILE) {
        return {ErrorKind::Invalid, "the authorities' file can't be read (caFile)"};
    }
    if (code_ != CURLE_PEER_FAILED_VERIFICATION) {
        return {ErrorKind::Unavailable, curl_easy_strerror(code_)};
    }
    return distrust(said);
}

/// The road's refusal where the request itself may be well.
std::optional<Error> Transfer::refusal_of_road() const {
    long connected = 0;
    curl_easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &connected);
    auto refused = refusal_of_tunnel(connected);
    return refused ? std::move(refused) : refusal_by_alert(said_.data());
}

Error Transfer::failure() const {
    if (too_long_) {
        return {ErrorKind::Protocol, "answer is over the size limit", Effect::Maybe};
    }
    const char* reason = curl_easy_strerror(code_);
    if (code_ == CURLE_URL_MALFORMAT) {
        return {ErrorKind::Invalid, reason};
    }
    if (auto refused = refusal_of_road()) {
        return std::move(*refused);
    }
    long sent = 0;
    curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &sent);
    // What was sent to open a tunnel is not the request.
    curl_off_t ready = 0;
    curl_easy_getinfo(easy_, CURLINFO_PRETRANSFER_TIME_T, &ready);
    if (sent == 0 || ready == 0) {
        return not_sent();
    }
    if (head_size_ > 0) {
        return {ErrorKind::Protocol, "answer is truncated", Effect::Maybe};
    }
    const bool cut = code_ == CURLE_SEND_ERROR || code_ == CURLE_RECV_ERROR ||
                     code_ == CURLE_GOT_NOTHING || code_ == CURLE_OK;
    if (cut) {
        return {ErrorKind::Unavailable, "connection cut", Effect::Maybe};
    }
    return {ErrorKind::Protocol, reason, Effect::Maybe};
}

}  // namespace

CurlTransport::CurlTransport(asio::any_io_executor executor, CurlSettings settings)
    : multi_(std::make_shared<CurlMulti>(std::move(executor), settings.connections_per_host)),
      settings_(std::move(settings)) {}

CurlTransport::~CurlTransport() = default;

Task<HttpResponse> CurlTransport::send(HttpRequest request) {
    if (!is_sendable(request)) {
        co_return Error(ErrorKind::Invalid, "address is not http(s), or a header has a line break");
    }
    auto executor = co_await asio::this_coro::executor;
    Transfer transfer(multi_, executor, std::move(request), settings_);
    co_await transfer.finish();
    co_return transfer.result();
}

}  // namespace wavegate::net

#include "tests/e2e/http.hpp"

#include <curl/curl.h>

#include <memory>

namespace wavegate::testing {
namespace {

std::size_t take(const char* data, std::size_t size, std::size_t count, void* into) {
    static_cast<std::string*>(into)->append(data, size * count);
    return size * count;
}

}  // namespace

Answer ask(
    const std::string& method,
    const std::string& url,
    const std::vector<std::string>& headers,
    const std::string& body) {
    constexpr long limit = 20;  // seconds
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(
        curl_easy_init(), curl_easy_cleanup);
    curl_slist* lines = nullptr;
    for (const auto& header : headers) {
        lines = curl_slist_append(lines, header.c_str());
    }
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> owned(
        lines, curl_slist_free_all);
    Answer answer;
    curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT, limit);
    curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, lines);
    curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &answer.body);
    if (method != "GET") {
        curl_easy_setopt(handle.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
        curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
        curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, body.c_str());
    }
    if (curl_easy_perform(handle.get()) == CURLE_OK) {
        long status = 0;
        curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
        answer.status = static_cast<int>(status);
        curl_off_t microseconds = 0;
        curl_easy_getinfo(handle.get(), CURLINFO_TOTAL_TIME_T, &microseconds);
        answer.took = std::chrono::milliseconds(microseconds / 1000);
    }
    return answer;
}

}  // namespace wavegate::testing

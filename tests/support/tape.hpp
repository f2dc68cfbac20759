#pragma once

#include "operator/ports/transport.hpp"

#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace wavegate::testing {

/// Plays prepared answers in order, whatever is asked, and keeps the requests. Asked for more, it
/// refuses the connection.
class Tape final : public Transport {
  public:
    void play(HttpResponse response) { answers_.push_back(Answer{std::move(response), {}, false}); }
    void fail(Error error) { answers_.push_back(Answer{{}, std::move(error), true}); }
    [[nodiscard]] const std::vector<HttpRequest>& asked() const { return asked_; }
    /// Answers that nobody asked for.
    [[nodiscard]] std::size_t left() const { return answers_.size(); }

    Task<HttpResponse> send(HttpRequest request) override {
        asked_.push_back(std::move(request));
        if (answers_.empty()) {
            co_return Error(ErrorKind::Unavailable, "the tape is at its end");
        }
        auto answer = std::move(answers_.front());
        answers_.pop_front();
        if (answer.failed) {
            co_return std::move(answer.error);
        }
        co_return std::move(answer.response);
    }

  private:
    struct Answer {
        HttpResponse response;
        Error error;
        bool failed = false;
    };
    std::deque<Answer> answers_;
    std::vector<HttpRequest> asked_;
};

}  // namespace wavegate::testing

#pragma once

#include "operator/ports/transport.hpp"
#include "tests/sim/oracle.hpp"
#include "tests/sim/witness.hpp"

#include <utility>

namespace wavegate::testing {

/// What one incarnation of the operator sends and is answered, as the wire shows it to the oracle.
class Overheard final : public Transport {
  public:
    Overheard(Transport& inner, Oracle& oracle, int incarnation, Witness* witness = nullptr)
        : inner_(inner), oracle_(oracle), incarnation_(incarnation), witness_(witness) {}
    Task<HttpResponse> send(HttpRequest request) override {
        HttpRequest heard(request.method, request.url);
        heard.body = request.body;
        oracle_.sent(incarnation_, heard);
        if (witness_ != nullptr) {
            witness_->sent(heard);
        }
        if (request.each) {
            // It goes on and on: nobody waits for its end.
            oracle_.ended();
            co_return co_await inner_.send(std::move(request));
        }
        const Flight flight(oracle_);
        auto answer = co_await inner_.send(std::move(request));
        if (answer) {
            oracle_.answered(heard, *answer);
        }
        co_return answer;
    }

  private:
    /// Ends with the frame, when its sender is killed too.
    class Flight {
      public:
        explicit Flight(Oracle& oracle) : oracle_(oracle) {}
        ~Flight() { oracle_.ended(); }
        Flight(const Flight&) = delete;
        Flight& operator=(const Flight&) = delete;

      private:
        Oracle& oracle_;
    };

    Transport& inner_;
    Oracle& oracle_;
    int incarnation_;
    Witness* witness_;
};

}  // namespace wavegate::testing

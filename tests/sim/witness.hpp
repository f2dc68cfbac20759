#pragma once

#include "operator/model/write.hpp"
#include "operator/ports/http.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <vector>

namespace wavegate::testing {

/// Compares what the World receives with what was judged: every write on the wire is, byte for
/// meaning, a body of a permit that is in use just then, in the order of its list. The bodies are
/// put together here once more, on purpose: no code is shared with the backends.
class Witness {
  public:
    /// `complain` is told of each write that stands in no permit.
    explicit Witness(std::function<void(const std::string&)> complain)
        : complain_(std::move(complain)) {}

    /// One request that a permit gives leave for.
    struct Body {
        std::string method;
        std::string path;            ///< how the URL's path ends
        boost::json::value content;  ///< null: none is sent, or it is compared by `restarts`
        bool restarts = false;       ///< a service's spec with its ForceUpdate raised
    };
    /// In use from the call of `apply` to its end, or the end of its process.
    class Leave {
      public:
        Leave(Witness& witness, const Write& write);
        ~Leave() { witness_.leaves_.erase(at_); }
        Leave(const Leave&) = delete;
        Leave& operator=(const Leave&) = delete;

      private:
        friend class Witness;
        struct Bodies {
            std::vector<Body> all;
            std::size_t next = 0;  ///< the one that was sent last, or the first
        };
        Witness& witness_;
        std::list<Bodies>::iterator at_;
    };

    void sent(const HttpRequest& request);
    /// How many writes stood in their permits.
    [[nodiscard]] std::size_t compared() const { return compared_; }

  private:
    std::function<void(const std::string&)> complain_;
    std::list<Leave::Bodies> leaves_;
    std::size_t compared_ = 0;
};

/// The requests that a write stands for, in order.
std::vector<Witness::Body> bodies_of(const Write& write);

}  // namespace wavegate::testing

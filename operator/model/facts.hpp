#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wavegate {

/// Name and value pairs in order; a name may repeat. Much of it was said by the systems around, and
/// all of it is stored and shown: so it is bounded here, whoever adds it.
class Facts {
  public:
    using value_type = std::pair<std::string, std::string>;
    using const_iterator = std::vector<value_type>::const_iterator;

    static constexpr std::size_t kLongest = 256;       ///< bytes of one name or value
    static constexpr std::size_t kMost = 256U << 10U;  ///< bytes of all names and values

    Facts() = default;
    Facts(std::initializer_list<value_type> pairs);

    /// What is longer than kLongest is cut, with "…" at its end; what no longer fits is left out.
    void add(std::string_view name, std::string_view value);

    /// The first value of that name; null: none.
    [[nodiscard]] const std::string* find(std::string_view name) const;
    /// Bytes of all names and values.
    [[nodiscard]] std::size_t size_in_bytes() const { return bytes_; }

    [[nodiscard]] const_iterator begin() const { return pairs_.begin(); }
    [[nodiscard]] const_iterator end() const { return pairs_.end(); }
    [[nodiscard]] std::size_t size() const { return pairs_.size(); }
    [[nodiscard]] bool empty() const { return pairs_.empty(); }
    friend bool operator==(const Facts&, const Facts&) = default;

  private:
    std::vector<value_type> pairs_;
    std::size_t bytes_ = 0;
};

}  // namespace wavegate

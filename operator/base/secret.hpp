#pragma once

#include <cstddef>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wavegate {

/// Bytes that must not be seen: no printing, no copying, wiped on destruction.
/// Lives on the heap always (no small buffer), so that a moved-from object holds nothing.
class Secret {
  public:
    Secret() = default;
    /// Wipes `source` too.
    explicit Secret(std::string&& source);
    /// For text whose owner wipes it (or that is public test data).
    static Secret copy_of(std::string_view text);
    ~Secret();

    Secret(Secret&& other) noexcept = default;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;

    [[nodiscard]] Secret clone() const;
    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }

    /// Hands the bytes to `use`, at the wire and nowhere else.
    template <class Use>
    decltype(auto) reveal(Use&& use) const {
        return std::forward<Use>(use)(std::string_view(bytes_.data(), bytes_.size()));
    }

    /// Constant time in the content (not in the length).
    friend bool operator==(const Secret& a, const Secret& b);

  private:
    void wipe() noexcept;
    std::vector<char> bytes_;
};

std::ostream& operator<<(std::ostream&, const Secret&) = delete;

/// Shared because a whole Env is carried through observation, edit and write.
using SecretValue = std::shared_ptr<const Secret>;
SecretValue make_secret(std::string&& source);

std::ostream& operator<<(std::ostream&, const SecretValue&) = delete;

/// Wipes a plain string in place; for the moment after the wire.
void wipe(std::string& text);

}  // namespace wavegate

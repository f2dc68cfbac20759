// One word, one mood: the terminal's colours and the page's (operator/serve/web/dom.js).
#include "operator/client/output.hpp"
#include "operator/model/rollout.hpp"
#include "tests/support/paths.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <vector>

namespace wavegate::client {
namespace {

/// word → mood, as the page's `MOODS` says.
std::map<std::string, std::string> moods_of_the_page() {
    std::ifstream file(testing::source_path("operator/serve/web/dom.js"));
    const std::regex row(R"(^  (good|bad|busy|wait): \[(.*)\],$)");
    const std::regex word("\"([A-Za-z]+)\"");
    std::map<std::string, std::string> moods;
    for (std::string line; std::getline(file, line);) {
        std::smatch found;
        if (!std::regex_match(line, found, row)) {
            continue;
        }
        const std::string list = found[2];
        for (std::sregex_iterator at(list.begin(), list.end(), word), end; at != end; ++at) {
            moods[(*at)[1]] = found[1];
        }
    }
    return moods;
}

Tint tint_of_mood(const std::string& mood) {
    return mood == "good"  ? Tint::Good
           : mood == "bad" ? Tint::Bad
           : mood.empty()  ? Tint::Plain
                           : Tint::Busy;
}

/// Every phase, wave phase, stage of the multiplexer and standing.
std::vector<std::string> words() {
    std::vector<std::string> all{"Converged", "Moving", "Halted", "Awaited", "Blind"};
    for (int i = 0; i <= static_cast<int>(Phase::Degraded); ++i) {
        all.emplace_back(to_string(static_cast<Phase>(i)));
    }
    for (int i = 0; i <= static_cast<int>(WavePhase::Halted); ++i) {
        all.emplace_back(to_string(static_cast<WavePhase>(i)));
    }
    for (int i = 0; i <= static_cast<int>(MultiplexerStage::Failed); ++i) {
        all.emplace_back(to_string(static_cast<MultiplexerStage>(i)));
    }
    return all;
}

TEST(Colours, OfAWordAreTheSameOnTerminalAndPage) {
    const auto moods = moods_of_the_page();
    ASSERT_GE(moods.size(), 20U) << "the page's words were read";
    for (const auto& word : words()) {
        const auto at = moods.find(word);
        const auto mood = at == moods.end() ? std::string() : at->second;
        EXPECT_EQ(tint_of(word), tint_of_mood(mood)) << word << " is " << mood;
    }
}

}  // namespace
}  // namespace wavegate::client

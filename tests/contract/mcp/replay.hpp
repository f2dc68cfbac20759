#pragma once

#include "tests/contract/mcp/stage.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace wavegate {

// The programs of the recordings, and their requests put to the doubles.

inline sandbox::Behaviour sample_service() {
    sandbox::Behaviour behaviour;
    behaviour.wire.generation = sandbox::Generation::F3;
    behaviour.tools = recorded_tools(
        "f3-tools-list", {{"search", "f3-call-good"}, {"explode", "f3-call-iserror"}});
    return behaviour;
}

inline sandbox::Behaviour searxng_service() {
    sandbox::Behaviour behaviour;
    behaviour.wire.server_name = "SearXNGMCP";
    behaviour.wire.instructions =
        std::string(recorded_answer("au-initialize").at("result").at("instructions").as_string());
    behaviour.tools = recorded_tools("au-tools-list", {{"web_search", "au-call-good"}});
    return behaviour;
}

/// A recorded request in a session of this server's own.
class Replay {
  public:
    explicit Replay(Stage& stage, sandbox::Site& site) : stage_(stage), site_(site) {}

    HttpResponse operator()(const std::string& name, const std::string& token) {
        const auto& exchange = exchanges().at(name);
        HttpRequest request = exchange.request("http://sample.test:8000", token);
        const auto session = request.headers.get("Mcp-Session-Id");
        if (session && exchange.status != 404) {
            request.headers.set("Mcp-Session-Id", open(token));
        }
        return send(std::move(request));
    }

    HttpResponse send(HttpRequest request) {
        return stage_.sim.run(site_.answer(std::move(request)));
    }

    HttpRequest with_session(const testing::Recorded& exchange, const std::string& token) {
        HttpRequest request = exchange.request("http://sample.test:8000", token);
        request.headers.set("Mcp-Session-Id", open(token));
        return request;
    }

    void forget_session() { session_.clear(); }

  private:
    std::string open(const std::string& token) {
        if (session_.empty()) {
            auto request = exchanges().at("f3-initialize-sse").request("http://sample.test", "");
            request.headers.set("Authorization", "Bearer " + token);
            session_ = std::string(send(std::move(request)).headers.get("mcp-session-id").value());
        }
        return session_;
    }

    Stage& stage_;
    sandbox::Site& site_;
    std::string session_;
};

inline void expect_recorded(const HttpResponse& got, const std::string& name) {
    SCOPED_TRACE(name);
    const auto& exchange = exchanges().at(name);
    EXPECT_EQ(got.status, exchange.status);
    EXPECT_EQ(essence(got), essence(exchange.response()));
    for (const auto* header :
         {"server", "content-type", "www-authenticate", "location", "cache-control"}) {
        EXPECT_EQ(
            got.headers.get(header).value_or("absent"),
            exchange.response_headers.get(header).value_or("absent"))
            << header;
    }
    EXPECT_EQ(
        got.headers.get("mcp-session-id").has_value(),
        exchange.response_headers.get("mcp-session-id").has_value());
}

}  // namespace wavegate

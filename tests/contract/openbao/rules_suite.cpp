// The KV engines as curl sees them: what the client's decisions stand on.
#include "tests/contract/openbao/suite.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <gmock/gmock.h>

namespace wavegate::testing {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

constexpr const char* kMerge = "application/merge-patch+json";

class Rules : public OpenBaoSuite {
  protected:
    int status(const std::string& method, const std::string& path, const std::string& body = {}) {
        return raw(method, path, body).status;
    }
    std::string said(const HttpResponse& answer) {
        const auto body = json_of(answer);
        const auto* fields = body.if_object();
        const auto* errors = fields == nullptr ? nullptr : fields->if_contains("errors");
        return errors == nullptr || errors->as_array().empty()
                   ? std::string()
                   : std::string(std::string_view(errors->as_array().front().as_string()));
    }
    void patch(const std::string& path, const std::string& body, int expected) {
        EXPECT_EQ(raw("PATCH", path, body, {}, kMerge).status, expected) << body;
    }
};

TEST_F(Rules, ReadingNothingIsAnEmptyListOfErrors) {
    const auto answer = raw("GET", "KV/data/fleet/none");
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(json_of(answer), (json::value{{"errors", json::array()}}));
    EXPECT_EQ(json_of(raw("GET", "KV/metadata/fleet/none")), json_of(answer));
    EXPECT_EQ(json_of(raw("LIST", "KV/metadata/fleet/none")), json_of(answer));
    mark("fleet/marked", R"({"a":"b"})");
    EXPECT_EQ(json_of(raw("GET", "KV/data/fleet/marked")), json_of(answer)) << "no data yet";
}

TEST_F(Rules, ASoftDeletedReadIsA404WithItsMetadata) {
    put("fleet/a", R"({"k":"1"})");
    EXPECT_EQ(status("DELETE", "KV/data/fleet/a"), 204);
    const auto answer = raw("GET", "KV/data/fleet/a");
    EXPECT_EQ(answer.status, 404);
    const auto data = json_of(answer).at("data").as_object();
    EXPECT_TRUE(data.at("data").is_null());
    EXPECT_EQ(data.at("metadata").at("version").as_int64(), 1);
    EXPECT_FALSE(data.at("metadata").at("deletion_time").as_string().empty());
    EXPECT_FALSE(data.at("metadata").at("destroyed").as_bool());
    EXPECT_EQ(status("DELETE", "KV/data/fleet/none"), 204) << "nothing there is no error";
}

TEST_F(Rules, VersionsAreUndeletedAndDestroyed) {
    put("fleet/a", R"({"k":"1"})");
    put("fleet/a", R"({"k":"2"})");
    EXPECT_EQ(status("POST", "KV/delete/fleet/a", R"({"versions":[1,2]})"), 204);
    EXPECT_EQ(status("GET", "KV/data/fleet/a"), 404);
    EXPECT_EQ(status("POST", "KV/undelete/fleet/a", R"({"versions":[2]})"), 204);
    EXPECT_EQ(status("GET", "KV/data/fleet/a"), 200);
    EXPECT_EQ(status("POST", "KV/destroy/fleet/a", R"({"versions":[2]})"), 204);
    EXPECT_EQ(status("POST", "KV/undelete/fleet/a", R"({"versions":[2]})"), 204);
    EXPECT_EQ(status("GET", "KV/data/fleet/a"), 404) << "destroyed is for good";
    EXPECT_EQ(status("GET", "KV/data/fleet/a?version=1"), 404);
    EXPECT_EQ(status("GET", "KV/data/fleet/a?version=7"), 404);
    EXPECT_EQ(status("POST", "KV/destroy/fleet/none", R"({"versions":[1]})"), 204);
    EXPECT_EQ(status("POST", "KV/destroy/fleet/a", R"({"versions":[]})"), 400);
}

TEST_F(Rules, TenVersionsAreKeptOrAsManyAsTheKeySays) {
    for (int i = 0; i < 12; ++i) {
        put("fleet/a", "{}");
    }
    EXPECT_EQ(metadata("fleet/a").at("versions").as_object().size(), 10U);
    EXPECT_EQ(metadata("fleet/a").at("oldest_version").as_int64(), 3);
    EXPECT_EQ(status("GET", "KV/data/fleet/a?version=1"), 404);
    EXPECT_EQ(status("POST", "KV/metadata/fleet/a", R"({"max_versions":2})"), 204);
    put("fleet/a", "{}");
    EXPECT_EQ(metadata("fleet/a").at("versions").as_object().size(), 2U);
}

TEST_F(Rules, AWriteAnswersTheVersionFlat) {
    const auto answer = raw("POST", "KV/data/fleet/a", R"({"data":{"a":"1"},"options":{"cas":0}})");
    EXPECT_EQ(answer.status, 200);
    const auto data = json_of(answer).at("data").as_object();
    EXPECT_EQ(data.at("version").as_int64(), 1);
    EXPECT_TRUE(data.at("custom_metadata").is_null());
    EXPECT_EQ(data.at("deletion_time").as_string(), "");
    EXPECT_FALSE(data.at("destroyed").as_bool());
    EXPECT_TRUE(data.at("created_time").is_string());
    EXPECT_EQ(data.size(), 5U);
}

TEST_F(Rules, CheckAndSetComparesWithTheCounter) {
    const auto write = [&](const std::string& cas) {
        return raw("POST", "KV/data/fleet/a", R"({"data":{},"options":{"cas":)" + cas + "}}");
    };
    EXPECT_EQ(write("1").status, 400);
    EXPECT_EQ(write("0").status, 200);
    EXPECT_EQ(said(write("0")), "check-and-set parameter did not match the current version");
    EXPECT_EQ(write("\"1\"").status, 200) << "a number as text counts";
    EXPECT_EQ(version("fleet/a"), 2);
    EXPECT_EQ(status("POST", "KV/metadata/fleet/a", R"({"cas_required":true})"), 204);
    const auto bare = raw("POST", "KV/data/fleet/a", R"({"data":{}})");
    EXPECT_EQ(bare.status, 400);
    EXPECT_EQ(said(bare), "check-and-set parameter required for this call");
}

TEST_F(Rules, CheckAndSetOfMetadataHasItsOwnCounter) {
    const auto write = [&](const std::string& cas) {
        return raw(
            "POST",
            "KV/metadata/fleet/a",
            R"({"metadata_cas":)" + cas + R"(,"custom_metadata":{"a":"b"}})");
    };
    EXPECT_EQ(write("0").status, 204);
    const auto again = write("0");
    EXPECT_EQ(again.status, 400);
    EXPECT_EQ(said(again), "metadata check-and-set parameter does not match the current version");
    put("fleet/a", "{}");
    EXPECT_EQ(write("1").status, 204) << "data does not move it";
    EXPECT_EQ(metadata("fleet/a").at("current_metadata_version").as_int64(), 2);
}

TEST_F(Rules, AWriteNeedsData) {
    const auto empty = raw("POST", "KV/data/fleet/a", R"({"options":{"cas":0}})");
    EXPECT_EQ(empty.status, 400);
    EXPECT_EQ(said(empty), "no data provided");
    EXPECT_EQ(status("POST", "KV/data/fleet/a", "{nonsense"), 400);
}

TEST_F(Rules, APatchMergesAndNullRemoves) {
    put("fleet/a", R"({"keep":"1","drop":"2","deep":{"x":"1","y":"2"}})");
    const std::string body = R"({"data":{"drop":null,"add":"3","deep":{"x":null}}})";
    EXPECT_EQ(status("PATCH", "KV/data/fleet/a", body), 415);
    patch("KV/data/fleet/a", body, 200);
    EXPECT_EQ(
        values("fleet/a"),
        (json::object{{"add", "3"}, {"keep", "1"}, {"deep", json::object{{"y", "2"}}}}));
    patch("KV/data/fleet/a", R"({"data":{},"options":{"cas":1}})", 400);
    put("fleet/null", "null");
    const auto null = raw("PATCH", "KV/data/fleet/null", R"({"data":{"a":"1"}})", {}, kMerge);
    EXPECT_EQ(null.status, 500);
    EXPECT_THAT(said(null), HasSubstr("resource does not exist"));
    patch("KV/data/fleet/a", R"({"options":{}})", 400);
}

TEST_F(Rules, APatchOfNothingIsA404) {
    const auto never = raw("PATCH", "KV/data/fleet/none", R"({"data":{"a":"1"}})", {}, kMerge);
    EXPECT_EQ(never.status, 404);
    EXPECT_EQ(never.body, "");
    put("fleet/a", R"({"k":"1"})");
    EXPECT_EQ(status("DELETE", "KV/data/fleet/a"), 204);
    const auto deleted = raw("PATCH", "KV/data/fleet/a", R"({"data":{"a":"1"}})", {}, kMerge);
    EXPECT_EQ(deleted.status, 404);
    EXPECT_EQ(json_of(deleted).at_pointer("/data/version").as_int64(), 1);
}

TEST_F(Rules, CustomMetadataIsReplacedByAPostAndMergedByAPatch) {
    put("fleet/a", "{}");
    mark("fleet/a", R"({"x":"1"})");
    patch("KV/metadata/fleet/a", R"({"custom_metadata":{"y":"2"}})", 204);
    EXPECT_EQ(metadata("fleet/a").at("custom_metadata"), (json::object{{"x", "1"}, {"y", "2"}}));
    EXPECT_EQ(status("POST", "KV/metadata/fleet/a", R"({"max_versions":5})"), 204);
    EXPECT_EQ(metadata("fleet/a").at("custom_metadata").as_object().size(), 2U)
        << "what is absent is kept";
    patch("KV/metadata/fleet/a", R"({"custom_metadata":{"y":null}})", 204);
    EXPECT_EQ(metadata("fleet/a").at("custom_metadata"), (json::object{{"x", "1"}}));
    mark("fleet/a", R"({"z":"3"})");
    EXPECT_EQ(metadata("fleet/a").at("custom_metadata"), (json::object{{"z", "3"}}));
    EXPECT_EQ(
        data("GET", "KV/data/fleet/a").at("metadata").at("custom_metadata"),
        (json::object{{"z", "3"}}));
    patch("KV/metadata/fleet/none", R"({"custom_metadata":{"y":"2"}})", 404);
}

TEST_F(Rules, CustomMetadataHoldsShortTextOnly) {
    const auto write = [&](const std::string& custom) {
        return status("POST", "KV/metadata/fleet/a", R"({"custom_metadata":)" + custom + "}");
    };
    EXPECT_EQ(write(R"({"z":""})"), 400);
    EXPECT_EQ(write(R"({"z":")" + std::string(513, 'v') + R"("})"), 400);
    EXPECT_EQ(write(R"({"z":")" + std::string(512, 'v') + R"("})"), 204);
    EXPECT_EQ(write(R"({")" + std::string(129, 'k') + R"(":"v"})"), 400);
    EXPECT_EQ(write(R"({"n":5,"on":true,"off":false})"), 204);
    EXPECT_EQ(
        metadata("fleet/a").at("custom_metadata"),
        (json::object{{"n", "5"}, {"off", "0"}, {"on", "1"}}))
        << "all becomes text";
    EXPECT_EQ(write(R"({"n":[1]})"), 400);
    std::string many = "{";
    for (int i = 0; i < 65; ++i) {
        many += (i == 0 ? "\"" : ",\"") + std::to_string(i) + R"(":"v")";
    }
    EXPECT_EQ(write(many + "}"), 400);
}

TEST_F(Rules, ListsNameKeysAndFoldersInOrderAndByPages) {
    for (const auto* path : {"fleet/b", "fleet/a/deep", "fleet/c", "fleet/a"}) {
        put(path, "{}");
    }
    EXPECT_EQ(status("DELETE", "KV/data/fleet/c"), 204);
    const json::array all{"a", "a/", "b", "c"};
    EXPECT_EQ(data("LIST", "KV/metadata/fleet").at("keys"), all) << "deleted ones too";
    EXPECT_EQ(data("LIST", "KV/metadata/fleet/").at("keys"), all);
    EXPECT_EQ(data("GET", "KV/metadata/fleet?list=true").at("keys"), all);
    EXPECT_EQ(
        data("GET", "KV/metadata/fleet?list=true&limit=2").at("keys"), (json::array{"a", "a/"}));
    EXPECT_EQ(
        data("GET", "KV/metadata/fleet?list=true&after=a/&limit=1").at("keys"), (json::array{"b"}));
}

TEST_F(Rules, ADetailedListHasEveryKeysMetadata) {
    put("fleet/a", "{}");
    put("fleet/deep/b", "{}");
    mark("fleet/a", R"({"x":"1"})");
    const auto listed = data("LIST", "KV/detailed-metadata/fleet/").as_object();
    EXPECT_EQ(listed.at("keys"), (json::array{"a", "deep/"}));
    EXPECT_EQ(listed.at("key_info").at("a"), json::value(metadata("fleet/a")));
    EXPECT_EQ(listed.at("key_info").at("deep/"), json::object());
}

TEST_F(Rules, WhatTheEngineDoesNotDoIsRefused) {
    EXPECT_EQ(status("LIST", "KV/data/fleet"), 405);
    const auto bare = raw("GET", "KV/fleet/a");
    EXPECT_EQ(bare.status, 404);
    const auto folder = raw("POST", "KV/data/fleet/", R"({"data":{}})");
    EXPECT_EQ(folder.status, 400);
    EXPECT_EQ(said(folder), "cannot write to a path ending in '/'");
    EXPECT_EQ(status("DELETE", "KV/data/fleet/"), 204);
    const auto outside = raw("GET", "KV/data/%2e%2e/a");
    EXPECT_EQ(outside.status, 400);
    EXPECT_EQ(said(outside), "relative paths not supported");
}

TEST_F(Rules, EachMountTellsItsVersion) {
    const auto v2 = data("GET", "sys/internal/ui/mounts/" + backend_->mount()).as_object();
    EXPECT_EQ(v2.at("type"), "kv");
    EXPECT_EQ(v2.at("options").at("version"), "2");
    EXPECT_EQ(v2.at("path"), json::value(backend_->mount() + "/"));
    const auto v1 = data("GET", "sys/internal/ui/mounts/" + backend_->v1_mount()).as_object();
    EXPECT_EQ(v1.at("options").at("version"), "1");
    const auto none = raw("GET", "sys/internal/ui/mounts/nowhere");
    EXPECT_EQ(none.status, 403);
    EXPECT_THAT(said(none), HasSubstr("preflight capability check returned 403"));
}

TEST_F(Rules, AV1MountFallsForV2Calls) {
    EXPECT_EQ(status("POST", "KV1/data/x", R"({"data":{"a":"1"}})"), 204);
    EXPECT_EQ(data("LIST", "KV1/").at("keys"), (json::array{"data/"}));
    EXPECT_EQ(data("GET", "KV1/data/x"), (json::value{{"data", {{"a", "1"}}}}));
    EXPECT_EQ(status("POST", "KV1/x", "{}"), 400);
    EXPECT_EQ(raw("PATCH", "KV1/data/x", "{}", {}, kMerge).status, 405);
    EXPECT_EQ(status("DELETE", "KV1/x"), 204);
    EXPECT_EQ(status("GET", "KV1/x"), 404);
}

TEST_F(Rules, HealthNeedsNoToken) {
    const auto health = [&] {
        return backend_->driver().ask(
            backend_->transport(), HttpRequest("GET", backend_->url() + "/v1/sys/health"));
    };
    EXPECT_EQ(health().status, 200);
    EXPECT_EQ(json_of(health()).at("version"), "2.7.2");
    backend_->seal();
    const auto sealed = health();
    const auto refused = raw("GET", "KV/data/fleet/a");
    backend_->unseal();
    EXPECT_EQ(sealed.status, 503);
    EXPECT_TRUE(json_of(sealed).at("sealed").as_bool());
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(said(refused), "Vault is sealed");
}

}  // namespace
}  // namespace wavegate::testing

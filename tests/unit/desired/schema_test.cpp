#include "operator/desired/schema.hpp"

#include "operator/desired/crd.hpp"
#include "operator/desired/kinds.hpp"
#include "operator/desired/unsupported.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <regex>
#include <set>
#include <string>

namespace wavegate::desired {
namespace {

using formats::YamlNode;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Visit = std::function<void(const std::string&, const Schema&)>;

/// Every schema below `schema`, itself included, with its path ("spec.waves[].soak").
void walk(const Schema& schema, const std::string& path, const Visit& visit) {
    visit(path, schema);
    for (const auto& [name, property] : schema.properties) {
        walk(property, path.empty() ? name : path + "." + name, visit);
    }
    if (schema.items) {
        walk(*schema.items, path + "[]", visit);
    }
    if (schema.additional) {
        walk(*schema.additional, path + ".*", visit);
    }
}

/// A document that has every field of a schema, each list with one entry.
YamlNode full_document(const Schema& schema) {
    YamlNode out;
    if (schema.type == SchemaType::Object) {
        out.kind = YamlNode::Kind::Map;
        for (const auto& [name, property] : schema.properties) {
            YamlNode key;
            key.kind = YamlNode::Kind::Scalar;
            key.text = name;
            out.entries.push_back({key, full_document(property)});
        }
    } else if (schema.type == SchemaType::Array) {
        out.kind = YamlNode::Kind::Sequence;
        out.items.push_back(full_document(*schema.items));
    } else {
        out.kind = YamlNode::Kind::Scalar;
    }
    return out;
}

std::set<std::string> fields_read(const Crd& crd) {
    Document document;
    document.value = full_document(crd.schema);
    Reader::Trace trace;
    const Reader reader(document, &trace);
    if (crd.kind == "Fleet") {
        bind_fleet(reader, {});
    } else if (crd.kind == "McpService") {
        bind_service(reader);
    } else if (crd.kind == "OidcClient") {
        bind_client(reader, {});
    } else if (crd.kind == "EunomiaPolicy") {
        bind_policy(reader, {});
    } else if (crd.kind == "Monitoring") {
        bind_monitoring(reader, {});
    }
    return trace;
}

bool is_refused(const std::string& kind, const std::string& path) {
    return path == "status" ||
           std::any_of(kUnsupported.begin(), kUnsupported.end(), [&](const auto& field) {
               return field.kind == kind && path.starts_with(field.field);
           });
}

TEST(Schemas, HaveNoLeafThatIsBoundToNothing) {
    // Every document's envelope; read where documents are told apart.
    const std::set<std::string> envelope{"apiVersion", "kind", "metadata.name"};
    for (const auto& [kind, crd] : Schemas::embedded().kinds()) {
        const auto read = fields_read(crd);
        walk(crd.schema, "", [&, &kind = kind](const std::string& path, const Schema& schema) {
            const bool is_leaf = schema.properties.empty() && !schema.items && !schema.additional;
            if (is_leaf && !is_refused(kind, path)) {
                EXPECT_TRUE(read.contains(path) || envelope.contains(path))
                    << kind << ": " << path << " is read by nothing";
            }
        });
    }
}

TEST(Schemas, KnowEveryFieldThatIsRead) {
    for (const auto& [kind, crd] : Schemas::embedded().kinds()) {
        std::set<std::string> paths;
        walk(crd.schema, "", [&](const std::string& path, const Schema&) { paths.insert(path); });
        for (const auto& path : fields_read(crd)) {
            EXPECT_TRUE(paths.contains(path)) << kind << ": " << path << " is not in the schema";
        }
    }
}

TEST(Schemas, DescribeEveryField) {
    for (const auto& [kind, crd] : Schemas::embedded().kinds()) {
        walk(crd.schema, "", [&, &kind = kind](const std::string& path, const Schema& schema) {
            EXPECT_FALSE(schema.description.empty()) << kind << ": " << path;
            const bool says_so = schema.description.find("Not supported yet") != std::string::npos;
            const bool day = path.ends_with("days[]");
            if (is_refused(kind, path) && path != "status" && !day) {
                EXPECT_TRUE(says_so) << kind << ": " << path;
            }
        });
    }
}

TEST(Schemas, RequireOnlyFieldsThatTheyHave) {
    for (const auto& [kind, crd] : Schemas::embedded().kinds()) {
        walk(crd.schema, "", [&, &kind = kind](const std::string& path, const Schema& schema) {
            for (const auto& name : schema.required) {
                EXPECT_NE(schema.property(name), nullptr) << kind << ": " << path << "." << name;
            }
        });
    }
}

TEST(Schemas, HaveDefaultsThatPassTheirOwnCheck) {
    for (const auto& [kind, crd] : Schemas::embedded().kinds()) {
        walk(crd.schema, "", [&, &kind = kind](const std::string& path, const Schema& schema) {
            if (schema.fallback) {
                EXPECT_THAT(check(*schema.fallback, schema).faults, IsEmpty())
                    << kind << ": " << path;
            }
        });
    }
}

TEST(Schemas, CarryColumnsAndNames) {
    const auto* service = Schemas::embedded().find("McpService");
    ASSERT_NE(service, nullptr);
    EXPECT_EQ(service->plural, "mcpservices");
    EXPECT_THAT(service->short_names, ElementsAre("mcp"));
    ASSERT_FALSE(service->columns.empty());
    EXPECT_EQ(service->columns[0].name, "Auth");
    EXPECT_EQ(Schemas::embedded().find("Pod"), nullptr);
}

TEST(Schemas, RefuseAKeywordThatNothingChecks) {
    const std::string head =
        "kind: CustomResourceDefinition\nspec:\n  group: wavegate.dev\n"
        "  names: { kind: A, plural: as, singular: a }\n  versions:\n    - name: v1\n"
        "      schema:\n        openAPIV3Schema: ";
    EXPECT_TRUE(Schemas::read({{"a.yaml", head + "{ type: object }"}}).has_value());
    const auto wrong = Schemas::read({{"a.yaml", head + "{ type: object, patern: x }"}});
    ASSERT_FALSE(wrong.has_value());
    EXPECT_EQ(wrong.error().message(), "a.yaml:8: unknown keyword patern");
}

}  // namespace
}  // namespace wavegate::desired

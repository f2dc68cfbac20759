#include "operator/client/json_path.hpp"
#include "operator/client/objects.hpp"
#include "operator/client/output.hpp"
#include "operator/client/verbs.hpp"

#include <chrono>
#include <ostream>
#include <utility>

namespace wavegate::client {
namespace json = boost::json;
namespace {

constexpr Duration kWatchEvery = std::chrono::seconds(2);

Cell cell_of(const desired::PrinterColumn& column, const json::value& object, Wall now) {
    const auto path = JsonPath::parse(column.json_path);
    const json::value* found = path ? path->find(object) : nullptr;
    auto text = found == nullptr ? std::string() : to_cell_text(*found);
    if (column.type == "date") {
        text = age_text(text, now);
    }
    const Tint tint = tint_of(text);
    return {std::move(text), tint};
}

Table table_of(
    const ObjectKind& kind,
    const std::vector<json::object>& objects,
    bool wide,
    Wall now) {
    std::vector<std::string> titles{kind.id == "name" ? "Name" : kind.id};
    std::vector<const desired::PrinterColumn*> columns;
    for (const auto& column : columns_of(kind)) {
        if (wide || column.priority == 0) {
            columns.push_back(&column);
            titles.push_back(column.name);
        }
    }
    Table table(std::move(titles));
    for (const json::object& object : objects) {
        const json::value whole = shaped(kind, object);
        std::vector<Cell> row{{name_of(kind, object)}};
        for (const auto* column : columns) {
            row.push_back(cell_of(*column, whole, now));
        }
        table.add(std::move(row));
    }
    return table;
}

/// Events are asked for by what they are about, with its kind or without.
bool is_named(const ObjectKind& kind, const json::object& object, const std::string& name) {
    const auto own = name_of(kind, object);
    return own == name || (kind.plural == "events" && own.ends_with("/" + name));
}

Result<std::vector<json::object>>
select(const Api& api, const ObjectKind& kind, const std::string& name) {
    auto all = list(api, kind);
    if (!all || name.empty()) {
        return all;
    }
    std::vector<json::object> chosen;
    for (const json::object& object : *all) {
        if (is_named(kind, object, name)) {
            chosen.push_back(object);
        }
    }
    if (chosen.empty() && kind.plural != "events") {
        return no_such(kind, *all, name);
    }
    return chosen;
}

json::value value_of(const std::vector<json::object>& objects, bool one) {
    if (one && objects.size() == 1) {
        return objects.front();
    }
    json::array items;
    for (const json::object& object : objects) {
        items.emplace_back(object);
    }
    json::object out;
    out["items"] = std::move(items);
    return out;
}

std::string
text_for(const Context& context, const ObjectKind& kind, const std::vector<json::object>& objects) {
    if (kind.plural == "events") {
        return events_table(objects, context.now()).text(in_color(context));
    }
    return table_of(kind, objects, context.output == "wide", context.now()).text(in_color(context));
}

void print_objects(
    const Context& context,
    const ObjectKind& kind,
    const std::vector<json::object>& objects,
    bool one) {
    if (!wants_text(context)) {
        print_value(context, value_of(objects, one));
    } else if (objects.empty()) {
        *context.error << "no " << kind.plural << " found\n";
    } else {
        *context.out << text_for(context, kind, objects);
    }
}

}  // namespace

int get_objects(const Context& context, const GetRequest& request) {
    const auto meant = find_named(request.kind, request.name);
    if (!meant) {
        return fail(context, meant.error());
    }
    const ObjectKind& kind = *meant->kind;
    const bool one = !meant->name.empty() && kind.plural != "events";
    const Api api(context);
    std::vector<json::object> shown;
    bool first = true;
    while (true) {
        auto objects = select(api, kind, meant->name);
        if (!objects) {
            return fail(context, objects.error());
        }
        if (first || *objects != shown) {
            print_objects(context, kind, *objects, one);
            context.out->flush();
            shown = std::move(*objects);
            first = false;
        }
        if (!request.watch) {
            return kExitGood;
        }
        context.pause(kWatchEvery);
    }
}

}  // namespace wavegate::client

#include "operator/access/credentials.hpp"
#include "operator/base/task_group.hpp"
#include "operator/program/commands.hpp"
#include "operator/program/etcd_site.hpp"
#include "operator/program/road.hpp"
#include "operator/runtime/process.hpp"
#include "operator/runtime/system_clock.hpp"
#include "operator/runtime/system_random.hpp"
#include "operator/runtime/thread_pool_blocking.hpp"
#include "operator/store/sqlite_store.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <ostream>
#include <utility>

namespace wavegate::program {
namespace {

constexpr const char* kSqlite = "sqlite";

std::string counts_of(const store::Contents& contents) {
    return fmt::format(
        "version {}: {} records, {} of evidence, {} intents, {} words, {} events, {} of the audit",
        contents.version,
        contents.records.size(),
        contents.evidence.size(),
        contents.intents.size(),
        contents.words.size(),
        contents.events.size(),
        contents.audit.size());
}

Error at(Error error, const std::string& place) {
    return std::move(error).in(place);
}

/// What is kept, from one engine to the other; both are held meanwhile.
class Move {
  public:
    Move(const Globals& globals, settings::Config config, const Road& road, bool to_etcd)
        : globals_(globals),
          config_(std::move(config)),
          gate_(config_.access),
          vault_(clock_),
          all_credentials_(gate_, globals.environment, blocking_, vault_),
          credentials_(all_credentials_),
          etcd_(
              config_,
              road,
              io_.get_executor(),
              clock_,
              random_,
              traffic_,
              credentials_,
              "store move",
              runtime::host_name()),
          file_(config_.database, blocking_),
          to_etcd_(to_etcd) {}

    int run() {
        TaskGroup all(io_.get_executor());
        all.spawn("store move", live());
        io_.run();
        return all.failures() == 0 ? exit_ : client::kExitError;
    }

  private:
    asio::awaitable<void> live() {
        TaskGroup watch(io_.get_executor());
        auto moved = co_await hold_etcd();
        if (moved) {
            watch.spawn("lease", keep());
            moved = co_await move();
        }
        watch.cancel();
        co_await watch.join();
        static_cast<void>(co_await etcd_.lease().resign());
        exit_ = moved ? client::kExitGood : client::kExitError;
        if (!moved) {
            *globals_.client.error << moved.error().message() << "\n";
        }
    }

    asio::awaitable<void> keep() {
        // What is lost is said by the first write after it.
        static_cast<void>(co_await etcd_.lease().keep());
    }

    Task<void> hold_etcd() {
        auto taken = co_await etcd_.lease().try_once();
        if (!taken) {
            co_return at(taken.take_error(), "etcd");
        }
        if (!*taken) {
            const auto& holder = etcd_.lease().holder();
            co_return Error(
                ErrorKind::Conflict,
                "etcd: another process holds the store" +
                    (holder ? ": " + to_text(*holder) : std::string()));
        }
        co_return Result<void>();
    }

    Task<void> move() {
        const auto store = etcd_.store();
        Result<store::Contents> contents;
        if (to_etcd_) {
            contents = co_await file_.contents();
        } else {
            contents = co_await store->contents();
        }
        if (!contents) {
            co_return at(contents.take_error(), name_of(!to_etcd_));
        }
        if (contents->version == 0) {
            co_return Error(ErrorKind::NotFound, name_of(!to_etcd_) + ": nothing is kept there");
        }
        auto counts = counts_of(*contents);
        Result<void> filled;
        if (to_etcd_) {
            filled = co_await store->fill(std::move(*contents));
        } else {
            filled = co_await file_.fill(std::move(*contents));
        }
        if (!filled) {
            co_return at(filled.take_error(), name_of(to_etcd_));
        }
        *globals_.client.out << fmt::format(
            "moved from {} to {}, {}\n", name_of(!to_etcd_), name_of(to_etcd_), counts);
        co_return Result<void>();
    }

    [[nodiscard]] std::string name_of(bool etcd) const {
        return etcd ? "etcd" : "sqlite " + config_.database;
    }

    const Globals& globals_;
    settings::Config config_;
    asio::io_context io_{1};
    runtime::SystemClock clock_;
    runtime::SystemRandom random_;
    runtime::ThreadPoolBlocking blocking_{1};
    net::Traffic traffic_;
    access::Gate gate_;
    access::VaultReferences vault_;
    access::AllowedCredentials all_credentials_;
    access::OwnCredentials credentials_;
    EtcdSite etcd_;
    store::SqliteStore file_;
    bool to_etcd_;
    int exit_ = client::kExitError;
};

Result<Road> road_to_etcd(
    const settings::Config& config,
    const settings::Environment& environment) {
    const auto now = runtime::SystemClock().now().wall;
    auto general = open_road(config, environment, now);
    return general ? open_etcd_road(config, *general, now) : std::move(general);
}

/// What makes it senseless, or empty.
std::string
fault_of(const settings::Config& config, const std::string& from, const std::string& to) {
    if (from == to) {
        return "--from and --to name the same engine";
    }
    if (config.etcd.urls.empty()) {
        return "name the members of etcd in store.etcd of operator.yaml; the file beside it, in "
               "store.sqlite, is what is moved";
    }
    if (from == kSqlite && !std::filesystem::exists(config.database)) {
        return config.database + " is not there";
    }
    return {};
}

int move(const Globals& globals, const std::string& from, const std::string& to) {
    auto config = load_config(globals, log::Level::Warn);
    if (!config) {
        return client::kExitError;
    }
    if (const auto fault = fault_of(*config, from, to); !fault.empty()) {
        *globals.client.error << fault << "\n";
        return client::kExitError;
    }
    auto road = road_to_etcd(*config, globals.environment);
    if (!road) {
        *globals.client.error << road.error().message() << "\n";
        return client::kExitError;
    }
    runtime::outlive_broken_pipes();
    Move work(globals, std::move(*config), *road, to != kSqlite);
    return work.run();
}

}  // namespace

void add_store(CLI::App& app, Globals& globals) {
    auto* group = app.add_subcommand("store", "what the operator keeps");
    group->require_subcommand(1);
    auto* command = group->add_subcommand(
        "move",
        "carry everything from one engine to the other, which must be empty; no operator may run. "
        "What was moved stays where it was");
    auto from = std::make_shared<std::string>();
    auto to = std::make_shared<std::string>();
    const CLI::IsMember engines({kSqlite, "etcd"});
    command->add_option("--from", *from, "sqlite or etcd")->required()->check(engines);
    command->add_option("--to", *to, "sqlite or etcd")->required()->check(engines);
    command->callback(
        [&globals, from, to] { globals.client.exit_code = move(globals, *from, *to); });
}

}  // namespace wavegate::program

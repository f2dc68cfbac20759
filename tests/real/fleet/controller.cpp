#include "tests/real/fleet/controller.hpp"

#include "tests/support/paths.hpp"

#include <filesystem>
#include <fstream>
#include <utility>

namespace wavegate::testing {

Controller::Controller(Site& site) : site_(site), folder_(site.folder()) {
    std::ofstream(folder_ + "/operator.yaml") << site_.operator_settings();
}

void Controller::start() {
    ServerCommand command;
    command.name = "wavegate";
    command.folder = folder_;
    command.argv = {program_path(), "--config", folder_ + "/operator.yaml", "run"};
    command.env = site_.operator_secrets();
    command.env["TMPDIR"] = folder_;  // what a killed one leaves there goes with the site
    process_ = std::make_unique<ServerProcess>(std::move(command));
}

void Controller::kill() {
    process_->kill();
    process_.reset();
}

void Controller::forget() {
    for (const auto* file : {"/wavegate.db", "/wavegate.db-wal", "/wavegate.db-shm"}) {
        std::filesystem::remove(folder_ + file);
    }
}

std::string Controller::log() const {
    return process_ ? process_->log() : std::string();
}

}  // namespace wavegate::testing

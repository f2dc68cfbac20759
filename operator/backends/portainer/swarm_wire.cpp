#include "operator/backends/portainer/fields.hpp"
#include "operator/backends/portainer/wire.hpp"
#include "operator/base/digest.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace wavegate::portainer {
namespace {

constexpr std::int64_t kDefaultMonitor = 5'000'000'000;  // ns, swarm.md

using Path = std::vector<std::string_view>;

bool is_empty(const json::value& value) {
    return value.is_null() || (value.is_array() && value.get_array().empty()) ||
           (value.is_object() && value.get_object().empty());
}

/// One text for equal specs: keys sorted, what is null or empty left out (services and tasks
/// differ in which of these they print). `skip` are the paths to leave out.
class Canonical {
  public:
    explicit Canonical(std::vector<Path> skip) : skip_(std::move(skip)) {}

    std::string of(const json::object& object) {
        write(object);
        return std::move(out_);
    }

  private:
    void write(const json::value& value) {
        if (const auto* object = value.if_object()) {
            write(*object);
        } else if (const auto* array = value.if_array()) {
            out_ += '[';
            for (const auto& item : *array) {
                write(item);
                out_ += ',';
            }
            out_ += ']';
        } else {
            out_ += json::serialize(value);
        }
    }

    void write(const json::object& object) {
        std::vector<const json::key_value_pair*> entries;
        entries.reserve(object.size());
        for (const auto& entry : object) {
            entries.push_back(&entry);
        }
        std::sort(entries.begin(), entries.end(), [](const auto* a, const auto* b) {
            return a->key() < b->key();
        });
        out_ += '{';
        for (const auto* entry : entries) {
            at_.emplace_back(entry->key().data(), entry->key().size());
            if (!is_empty(entry->value()) &&
                std::find(skip_.begin(), skip_.end(), at_) == skip_.end()) {
                out_ += at_.back();
                out_ += ':';
                write(entry->value());
                out_ += ';';
            }
            at_.pop_back();
        }
        out_ += '}';
    }

    std::vector<Path> skip_;
    Path at_;
    std::string out_;
};

/// A task prints no Runtime; a ForceUpdate of 0 counts like none.
std::string template_text(const json::object& task_template) {
    std::vector<Path> skip{{"Runtime"}};
    if (number_at(task_template, {"ForceUpdate"}) == 0) {
        skip.push_back({"ForceUpdate"});
    }
    return Canonical(std::move(skip)).of(task_template);
}

std::string foreign_text(const json::object& spec) {
    return Canonical({{"TaskTemplate", "ContainerSpec", "Env"},
                      {"TaskTemplate", "ForceUpdate"},
                      {"TaskTemplate", "Runtime"}})
        .of(spec);
}

UpdateState update_state(const json::object& service) {
    constexpr std::array<std::pair<std::string_view, UpdateState>, 6> names{
        {{"updating", UpdateState::Updating},
         {"completed", UpdateState::Completed},
         {"paused", UpdateState::Paused},
         {"rollback_started", UpdateState::RollbackStarted},
         {"rollback_completed", UpdateState::RollbackCompleted},
         {"rollback_paused", UpdateState::RollbackPaused}}};
    const auto state = text_at(service, {"UpdateStatus", "State"});
    if (state.empty()) {
        return UpdateState::None;
    }
    const auto* known = std::find_if(
        names.begin(), names.end(), [&](const auto& name) { return name.first == state; });
    return known == names.end() ? UpdateState::Unknown : known->second;
}

void read_env(SwarmService& service, const json::object& container, const AuthProfile& profile) {
    const auto* list = array_at(container, {"Env"});
    if (list == nullptr) {
        return;
    }
    for (const auto& item : *list) {
        const auto* text = item.if_string();
        const auto sign = text == nullptr ? std::string::npos : text->find('=');
        if (sign == std::string::npos) {
            continue;  // a bare name: the container does not get it
        }
        std::string name(text->subview(0, sign));
        std::string value(text->subview(sign + 1));
        if (profile.owns(name)) {
            service.auth[name] = value;
        }
        service.env[std::move(name)] = make_secret(std::move(value));
    }
}

void read_words(std::vector<std::string>& words, const json::object& container, const char* key) {
    const auto* list = array_at(container, {key});
    if (list == nullptr) {
        return;
    }
    for (const auto& item : *list) {
        if (const auto* text = item.if_string()) {
            words.emplace_back(*text);
        }
    }
}

std::uint64_t wanted_replicas(const json::object& service) {
    const auto desired = number_at(service, {"ServiceStatus", "DesiredTasks"});
    const auto given = number_at(service, {"Spec", "Mode", "Replicated", "Replicas"}, desired);
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, given));
}

template <class Known>
void forget_unseen(
    std::unordered_map<std::string, std::shared_ptr<const Known>>& known,
    std::size_t seen) {
    // Ids are never used twice: what is gone is only in the way. Rarely worth a walk.
    if (known.size() > 2 * seen + 64) {
        known.clear();
    }
}

}  // namespace

std::string SwarmReader::digest(std::string_view text) const {
    return key_ ? keyed_digest(*key_, text) : sha256_hex(text);
}

Result<SwarmService> SwarmReader::service(const json::object& object) const {
    const auto* spec = object_at(object, {"Spec"});
    const auto* task_template = object_at(object, {"Spec", "TaskTemplate"});
    const auto* container = object_at(object, {"Spec", "TaskTemplate", "ContainerSpec"});
    SwarmService service;
    service.id = text_at(object, {"ID"});
    service.version = static_cast<std::uint64_t>(number_at(object, {"Version", "Index"}));
    if (container == nullptr || service.id.empty() || service.version == 0) {
        return malformed("a service's ID, Version or ContainerSpec");
    }
    service.name = text_at(*spec, {"Name"});
    service.stack = text_at(*spec, {"Labels", "com.docker.stack.namespace"});
    service.stack_image = text_at(*spec, {"Labels", "com.docker.stack.image"});
    service.image = text_at(*container, {"Image"});
    read_env(service, *container, profile_);
    service.replicas = wanted_replicas(object);
    service.start_first = text_at(*spec, {"UpdateConfig", "Order"}) == "start-first";
    const auto monitor = number_at(*spec, {"UpdateConfig", "Monitor"});
    service.monitor = Duration((monitor > 0 ? monitor : kDefaultMonitor) / 1'000'000);
    service.force_update = static_cast<std::uint64_t>(number_at(*task_template, {"ForceUpdate"}));
    service.update = update_state(object);
    service.update_message = text_at(object, {"UpdateStatus", "Message"});
    service.template_digest = digest(template_text(*task_template));
    service.foreign_digest = digest(foreign_text(*spec));
    read_words(service.command, *container, "Command");
    read_words(service.command, *container, "Args");
    return service;
}

Result<std::shared_ptr<const SwarmTask>> SwarmReader::task(const json::object& object) {
    const auto* spec = object_at(object, {"Spec"});
    SwarmTask task;
    task.id = text_at(object, {"ID"});
    task.state = text_at(object, {"Status", "State"});
    task.desired_state = text_at(object, {"DesiredState"});
    task.error = text_at(object, {"Status", "Err"});
    if (spec == nullptr || task.id.empty() || task.state.empty()) {
        return malformed("a task's ID, Spec or State");
    }
    auto& known = known_tasks_[task.id];
    if (known != nullptr && known->state == task.state &&
        known->desired_state == task.desired_state && known->error == task.error) {
        return known;
    }
    task.service_id = text_at(object, {"ServiceID"});
    task.slot = static_cast<std::uint64_t>(number_at(object, {"Slot"}));
    task.created_at = text_at(object, {"CreatedAt"});
    // A task's Spec never changes, whatever becomes of the task.
    task.template_digest = known == nullptr ? digest(template_text(*spec)) : known->template_digest;
    known = std::make_shared<const SwarmTask>(std::move(task));
    return known;
}

Result<SharedList<SwarmService>> SwarmReader::services(const json::value& list) {
    if (!list.is_array()) {
        return malformed("a list of services");
    }
    SharedList<SwarmService> read;
    read.reserve(list.get_array().size());
    for (const auto& item : list.get_array()) {
        const auto* object = item.if_object();
        if (object == nullptr) {
            return malformed("a service");
        }
        auto& known = known_services_[text_at(*object, {"ID"})];
        const auto version = static_cast<std::uint64_t>(number_at(*object, {"Version", "Index"}));
        const auto replicas = wanted_replicas(*object);
        if (known == nullptr || known->version != version) {
            auto fresh = service(*object);
            if (!fresh) {
                return fresh.take_error();
            }
            known = std::make_shared<const SwarmService>(std::move(*fresh));
        } else if (known->replicas != replicas) {
            auto scaled = *known;
            scaled.replicas = replicas;
            known = std::make_shared<const SwarmService>(std::move(scaled));
        }
        read.push_back(known);
    }
    return read;
}

Result<SharedList<SwarmTask>> SwarmReader::tasks(const json::value& list) {
    if (!list.is_array()) {
        return malformed("a list of tasks");
    }
    SharedList<SwarmTask> all;
    all.reserve(list.get_array().size());
    for (const auto& item : list.get_array()) {
        const auto* object = item.if_object();
        if (object == nullptr) {
            return malformed("a task");
        }
        auto read = task(*object);
        if (!read) {
            return read.take_error();
        }
        all.push_back(std::move(*read));
    }
    return all;
}

void SwarmReader::forget_all_but(const SwarmView& all) {
    forget_unseen(known_services_, all.services.size());
    forget_unseen(known_tasks_, all.tasks.size());
}

Result<SwarmView> SwarmReader::read(const json::value& all_services, const json::value& all_tasks) {
    auto read_services = services(all_services);
    if (!read_services) {
        return read_services.take_error();
    }
    auto read_tasks = tasks(all_tasks);
    if (!read_tasks) {
        return read_tasks.take_error();
    }
    SwarmView view;
    view.services = std::move(*read_services);
    view.tasks = std::move(*read_tasks);
    view.sort();
    forget_all_but(view);
    return view;
}

}  // namespace wavegate::portainer

#include "operator/model/edit.hpp"

namespace wavegate {
namespace {

struct Kind {
    std::string_view operator()(const StackEdit& edit) const {
        switch (edit.purpose) {
            case StackPurpose::Flip:
                return "flip";
            case StackPurpose::WayBack:
                return "wayback";
            case StackPurpose::EnvSync:
                return "envsync";
            case StackPurpose::Wiring:
                return "wiring";
            case StackPurpose::Unwiring:
                return "unwiring";
        }
        return "stack";
    }
    std::string_view operator()(const RestartEdit& /*edit*/) const { return "restart"; }
    std::string_view operator()(const ClientEdit& /*edit*/) const { return "client"; }
    std::string_view operator()(const SecretEdit& /*edit*/) const { return "secret"; }
    std::string_view operator()(const PolicyEdit& /*edit*/) const { return "policy"; }
    std::string_view operator()(const AnnotationEdit& /*edit*/) const { return "annotation"; }
};

struct RoomOf {
    Room operator()(const StackEdit& /*edit*/) const { return Room::Stacks; }
    Room operator()(const RestartEdit& /*edit*/) const { return Room::Stacks; }
    Room operator()(const ClientEdit& /*edit*/) const { return Room::Clients; }
    Room operator()(const SecretEdit& /*edit*/) const { return Room::Secrets; }
    Room operator()(const PolicyEdit& /*edit*/) const { return Room::Policies; }
    Room operator()(const AnnotationEdit& /*edit*/) const { return Room::Annotations; }
};

}  // namespace

bool Edit::is_flip() const {
    const auto* edit = stack();
    return edit != nullptr && edit->purpose == StackPurpose::Flip;
}

bool Edit::is_way_back() const {
    const auto* edit = stack();
    return edit != nullptr && edit->purpose == StackPurpose::WayBack;
}

std::string_view Edit::kind() const {
    return std::visit(Kind(), body);
}

Room Edit::room() const {
    return std::visit(RoomOf(), body);
}

bool Obstacle::awaits_person() const {
    return reason == kForeign || reason == kEnvUnreadable;
}

}  // namespace wavegate

#include "operator/base/resumption.hpp"

namespace wavegate {

asio::execution_context::id Suspended::id;

Suspended::Member::Member(asio::execution_context& context)
    : service_(&asio::use_service<Suspended>(context)),
      place_(service_->members_.insert(service_->members_.end(), this)) {}

Suspended::Member::~Member() {
    if (service_ != nullptr) {
        service_->members_.erase(place_);
    }
}

bool Suspended::Member::is_on(const asio::execution_context& context) const {
    return service_ != nullptr && &service_->context() == &context;
}

Suspended::Suspended(asio::execution_context& context) : service(context) {}

void Suspended::shutdown() {
    // Destroying a coroutine may destroy others that wait here: take one at a time.
    while (!members_.empty()) {
        auto* member = members_.front();
        members_.pop_front();
        member->service_ = nullptr;
        member->drop();
    }
}

}  // namespace wavegate

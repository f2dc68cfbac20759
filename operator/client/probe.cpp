#include "operator/base/text.hpp"
#include "operator/client/objects.hpp"
#include "operator/client/output.hpp"
#include "operator/client/verbs.hpp"

#include <ostream>

namespace wavegate::client {
namespace json = boost::json;

int probe_service(const Context& context, const std::string& service) {
    const auto answer =
        Api(context).post("/api/v1/services/" + percent_encode(service) + "/probe", {});
    if (!answer) {
        return fail(context, answer.error());
    }
    const auto* found = answer->if_object();
    if (found == nullptr || text_of(*found, "passed").empty()) {
        return fail(
            context, Error(ErrorKind::Protocol, "the operator's answer is not that of a probe"));
    }
    const int code = text_of(*found, "passed") == "true" ? kExitGood : kExitCheckFailed;
    if (!wants_text(context)) {
        print_value(context, *answer);
        return code;
    }
    *context.out
        << evidence_table(part_of(*found, "evidence"), context.now()).text(in_color(context));
    return code;
}

}  // namespace wavegate::client

#pragma once

#include "operator/base/result.hpp"
#include "operator/model/write.hpp"
#include "operator/ports/http.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace wavegate::portainer {

/// JSON of Portainer and of the Docker API ↔ the model (reference: portainer.md, swarm.md).
/// Protocol: not the shape that the protocol promises.
Result<boost::json::value> parse_body(std::string_view body);

/// The id of the environment of that name; Docker environments only. NotFound; Invalid: it is
/// none that runs Swarm stacks.
Result<int> environment_id(const boost::json::value& endpoints, std::string_view name);
Result<std::string> swarm_id(const boost::json::value& swarm);

Result<StackView> stack_view(const boost::json::value& stack);
/// Those that Portainer counts to this environment.
Result<std::vector<StackView>> stack_views(const boost::json::value& stacks, int environment);
Result<std::string> stack_file(const boost::json::value& file);

/// Docker's `filters` of one name and value, as a query has them.
std::string docker_filters(const std::string& name, const std::string& value);

/// Body of a string stack's update, or of a git stack's redeploy. It holds secrets.
std::string stack_body(const StackWrite& write);

/// What a refused write comes to, by the phrases that Portainer and Docker are known for. Never
/// quotes the answer. From 500 on it stays open what has happened (Effect Maybe), unless the phrase
/// says that nothing has.
Error write_error(const HttpResponse& answer);
Error read_error(const HttpResponse& answer);

/// Reads service and task lists. Remembers what it made of a service until its Version.Index
/// moves, so that a pass in which nothing happened costs little more than the JSON.
class SwarmReader {
  public:
    /// With a key the digests are HMACs (specs hold secrets), else plain SHA-256.
    /// `profile` tells which variables are a service's auth block.
    explicit SwarmReader(AuthProfile profile, SecretValue digest_key)
        : profile_(std::move(profile)), key_(std::move(digest_key)) {}

    /// Of what is not among these nothing is remembered any more.
    void forget_all_but(const SwarmView& all);
    /// All that there are: what is not among them is forgotten.
    Result<SwarmView> read(const boost::json::value& services, const boost::json::value& tasks);
    /// Some of them.
    Result<SharedList<SwarmService>> services(const boost::json::value& list);
    Result<SharedList<SwarmTask>> tasks(const boost::json::value& list);
    Result<SwarmService> service(const boost::json::object& object) const;

  private:
    Result<std::shared_ptr<const SwarmTask>> task(const boost::json::object& object);
    [[nodiscard]] std::string digest(std::string_view text) const;

    AuthProfile profile_;
    SecretValue key_;
    /// As of their version.
    std::unordered_map<std::string, std::shared_ptr<const SwarmService>> known_services_;
    /// As they were seen last.
    std::unordered_map<std::string, std::shared_ptr<const SwarmTask>> known_tasks_;
};

}  // namespace wavegate::portainer

#include "operator/desired/kinds.hpp"

namespace wavegate::desired {

OidcClientSpec bind_client(const Reader& document, const Origin& origin) {
    OidcClientSpec out;
    const auto spec = document["spec"];
    out.name = document["metadata"]["name"].text();
    out.origin = origin;
    out.client_id = spec["clientId"].optional_text().value_or(out.name);
    out.audiences = spec["audiences"].texts();
    out.token_lifespan = spec["tokenLifespan"].duration();
    out.secret_path = spec["secret"]["path"].text();
    out.adopt = spec["adopt"].boolean();
    for (const auto& consumer : spec["consumers"].items()) {
        out.consumer_stacks.push_back(consumer["stack"].text());
    }
    return out;
}

}  // namespace wavegate::desired

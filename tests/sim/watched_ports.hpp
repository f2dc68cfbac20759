#pragma once

#include "operator/ports/annotations.hpp"
#include "operator/ports/identity.hpp"
#include "operator/ports/policies.hpp"
#include "operator/ports/stack_repositories.hpp"
#include "operator/ports/stacks.hpp"
#include "operator/ports/vault.hpp"
#include "tests/sim/witness.hpp"

#include <memory>
#include <utility>

// The ports by which the operator writes, each telling the witness of the permit that it is given.
namespace wavegate::testing {

class WatchedStacks final : public Stacks {
  public:
    WatchedStacks(std::unique_ptr<Stacks> inner, Witness& witness)
        : inner_(std::move(inner)), witness_(witness) {}
    Task<std::vector<StackView>> list() override { return inner_->list(); }
    Task<SwarmView> swarm() override { return inner_->swarm(); }
    Task<SwarmView> around(std::string stack, std::string service) override {
        return inner_->around(std::move(stack), std::move(service));
    }
    Task<void> watch(std::function<void(Hint)> tell) override {
        return inner_->watch(std::move(tell));
    }
    Task<StackView> stack(int id) override { return inner_->stack(id); }
    Task<std::string> file(int id) override { return inner_->file(id); }
    Task<Receipt> apply(Permit permit) override {
        const Witness::Leave leave(witness_, permit.write());
        co_return co_await inner_->apply(std::move(permit));
    }

  private:
    std::unique_ptr<Stacks> inner_;
    Witness& witness_;
};

class WatchedRepositories final : public StackRepositories {
  public:
    WatchedRepositories(std::unique_ptr<StackRepositories> inner, Witness& witness)
        : inner_(std::move(inner)), witness_(witness) {}
    Task<BranchHead> head(GitSource git) override { return inner_->head(std::move(git)); }
    Task<Permit> push(Permit permit) override {
        const Witness::Leave leave(witness_, permit.write());
        co_return co_await inner_->push(std::move(permit));
    }

  private:
    std::unique_ptr<StackRepositories> inner_;
    Witness& witness_;
};

class WatchedIdentity final : public Identity {
  public:
    WatchedIdentity(std::unique_ptr<Identity> inner, Witness& witness)
        : inner_(std::move(inner)), witness_(witness) {}
    Task<std::optional<ClientView>> client(std::string client_id) override {
        return inner_->client(std::move(client_id));
    }
    Task<Token> mint(std::string client_id, SecretValue secret) override {
        return inner_->mint(std::move(client_id), std::move(secret));
    }
    Task<std::string> jwks(std::string uri) override { return inner_->jwks(std::move(uri)); }
    Task<Receipt> apply(Permit permit) override {
        const Witness::Leave leave(witness_, permit.write());
        co_return co_await inner_->apply(std::move(permit));
    }

  private:
    std::unique_ptr<Identity> inner_;
    Witness& witness_;
};

class WatchedVault final : public Vault {
  public:
    WatchedVault(std::unique_ptr<Vault> inner, Witness& witness)
        : inner_(std::move(inner)), witness_(witness) {}
    Task<std::optional<VaultEntry>> read(std::string path) override {
        return inner_->read(std::move(path));
    }
    Task<Receipt> apply(Permit permit) override {
        const Witness::Leave leave(witness_, permit.write());
        co_return co_await inner_->apply(std::move(permit));
    }

  private:
    std::unique_ptr<Vault> inner_;
    Witness& witness_;
};

class WatchedPolicies final : public Policies {
  public:
    WatchedPolicies(std::unique_ptr<Policies> inner, Witness& witness)
        : inner_(std::move(inner)), witness_(witness) {}
    Task<std::vector<Policy>> list() override { return inner_->list(); }
    Task<std::vector<PolicyAnswer>> ask(std::vector<PolicyQuestion> questions) override {
        return inner_->ask(std::move(questions));
    }
    Task<Receipt> apply(Permit permit) override {
        const Witness::Leave leave(witness_, permit.write());
        co_return co_await inner_->apply(std::move(permit));
    }

  private:
    std::unique_ptr<Policies> inner_;
    Witness& witness_;
};

class WatchedAnnotations final : public Annotations {
  public:
    WatchedAnnotations(std::unique_ptr<Annotations> inner, Witness& witness)
        : inner_(std::move(inner)), witness_(witness) {}
    Task<std::vector<Annotation>> list(std::vector<std::string> tags) override {
        return inner_->list(std::move(tags));
    }
    Task<Receipt> apply(Permit permit) override {
        const Witness::Leave leave(witness_, permit.write());
        co_return co_await inner_->apply(std::move(permit));
    }

  private:
    std::unique_ptr<Annotations> inner_;
    Witness& witness_;
};

}  // namespace wavegate::testing

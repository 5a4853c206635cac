"""What the adapters of network services share: clients, errors, event streams."""

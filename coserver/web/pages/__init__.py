"""The pages, by what people come for; each module ends in its `ROUTES`."""

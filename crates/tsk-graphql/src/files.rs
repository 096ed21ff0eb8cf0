//! The files that settings name.

use std::{fs, path::Path};

use crate::{Config, Costs, Error, GraphQl, Trusted};

impl GraphQl {
    /// Reads the files that settings name, and holds the schema against them.
    pub(crate) fn with_files(self, config: &Config) -> Result<Self, Error> {
        let mut graphql = self;
        if let Some(path) = &config.schema {
            let named = |error: Error| Error::at("schema", format_args!("{}: {error}", path.display()));
            let contract = read("schema", path)?;
            graphql.check(&contract).map_err(named)?;
            if graphql.engine().costs.names().next().is_none() {
                graphql = graphql.costs(Costs::from_sdl(&contract).map_err(named)?).map_err(named)?;
            }
        }
        if let Some(path) = &config.trusted.manifest {
            let key = "trusted.manifest";
            let named = |error: Error| Error::at(key, format_args!("{}: {error}", path.display()));
            let trusted = Trusted::from_manifest(&read(key, path)?).map_err(named)?;
            let trusted = if config.trusted.strict { trusted.strict() } else { trusted };
            graphql = graphql.trusted(trusted).map_err(named)?;
        }
        Ok(graphql)
    }
}

fn read(key: &str, path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|error| Error::at(key, format_args!("{}: {error}", path.display())))
}

//! What a stage is exported as.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_GetExport.html>.

use crate::model::cli::{Cli, CliContext};

/// What is to be in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The API's id.
    pub api: String,
    /// The stage's name.
    pub stage: String,
    /// Swagger 2.0 and not OpenAPI 3.0.
    pub swagger: bool,
    /// JSON and not YAML.
    pub json: bool,
    /// What stands behind each method.
    pub integrations: bool,
    /// Who lets callers in.
    pub authorizers: bool,
    /// Everything of API Gateway's own.
    pub apigateway: bool,
    /// What is written about it.
    pub documentation: bool,
    /// What Postman reads.
    pub postman: bool,
}

impl Wanted {
    /// All that an import needs again, with what is written about it.
    pub fn of(api: &str, stage: &str) -> Self {
        Self {
            api: api.to_owned(),
            stage: stage.to_owned(),
            swagger: false,
            json: false,
            integrations: true,
            authorizers: true,
            apigateway: true,
            documentation: true,
            postman: false,
        }
    }

    /// `oas30` or `swagger`.
    pub fn kind(&self) -> &'static str {
        if self.swagger { "swagger" } else { "oas30" }
    }

    /// The media type.
    pub fn accepts(&self) -> &'static str {
        match self.json {
            true => "application/json",
            false => "application/yaml",
        }
    }

    /// The ticks as the service takes them; empty for a bare document.
    pub fn extensions(&self) -> String {
        let all = [
            (self.documentation, "documentation"),
            (self.integrations, "integrations"),
            (self.authorizers, "authorizers"),
            (self.apigateway, "apigateway"),
            (self.postman, "postman"),
        ];
        let on = all.iter().filter(|(on, _)| *on).map(|(_, word)| *word);
        on.collect::<Vec<_>>().join(",")
    }

    /// A name for the file: `shop-prod-oas30.yaml`.
    pub fn file_name(&self, api: &str) -> String {
        let plain = |c: char| {
            if c.is_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        };
        let api: String = api.chars().map(plain).collect();
        let ending = if self.json { "json" } else { "yaml" };
        format!("{api}-{}-{}.{ending}", self.stage, self.kind())
    }

    /// The same as an AWS CLI command.
    pub fn cli(&self, file: &str, context: &CliContext) -> String {
        let extensions = Some(self.extensions()).filter(|words| !words.is_empty());
        Cli::new("apigateway", "get-export")
            .option("rest-api-id", &self.api)
            .option("stage-name", &self.stage)
            .option("export-type", self.kind())
            .maybe(
                "parameters",
                // In the CLI's shorthand a comma parts pairs, so it is written as JSON.
                extensions.map(|words| format!("{{\"extensions\":\"{words}\"}}")),
            )
            .option("accepts", self.accepts())
            .with(context)
            .word(file)
            .lines()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ticks_are_the_commands_own_parameters() {
        let mut wanted = Wanted::of("k3v9qp2xw1", "prod");
        let all = "documentation,integrations,authorizers,apigateway";
        assert_eq!(wanted.extensions(), all);
        assert_eq!(wanted.file_name("my shop/2"), "my-shop-2-prod-oas30.yaml");
        let cli = wanted.cli("shop.yaml", &CliContext::default());
        assert!(
            cli.contains(&format!(r#"--parameters '{{"extensions":"{all}"}}'"#)),
            "{cli}"
        );
        wanted.swagger = true;
        wanted.json = true;
        wanted.documentation = false;
        wanted.integrations = false;
        wanted.authorizers = false;
        wanted.apigateway = false;
        let cli = wanted.cli("shop.json", &CliContext::default());
        assert!(cli.contains("--export-type swagger"), "{cli}");
        assert!(!cli.contains("parameters"), "{cli}");
    }
}

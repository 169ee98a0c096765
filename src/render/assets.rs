//! The one registry of static files: style sheets and scripts of our own, and those of others,
//! pinned and unmodified, with their source and licence. All of them stand in the binary.
//!
//! A file is found under a name that holds the hash of its content, so that a browser may keep it
//! for good. In templates `{{asset "backend.css"}}` is its address.

use std::sync::LazyLock;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, RenderContext, RenderErrorReason, ScopedJson,
};
use sha2::{Digest, Sha256};

use crate::domain::hex::hex;

/// Below which all files are found.
const STATIC: &str = "/static/";

/// How much of the hash stands in a name.
const HASH_BYTES: usize = 8;

const CSS: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";
const JS: &str = "text/javascript; charset=utf-8";

/// Where a file of others comes from.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The package in the npm registry, with its version.
    pub package: &'static str,
    /// The file in it.
    pub file: &'static str,
    /// The SPDX name of the licence; its text stands beside the file.
    pub licence: &'static str,
    /// The SHA-256 of the file, in hexadecimal.
    pub sha256: &'static str,
}

/// A file that browsers are given.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its name in templates.
    pub name: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// Its content.
    pub content: Content,
    /// Whose it is, if not ours.
    pub origin: Option<Origin>,
}

/// What a file holds, put together and compressed by `build.rs`.
#[derive(Clone, Copy, Debug)]
pub struct Content {
    /// As it is.
    pub text: &'static str,
    brotli: &'static [u8],
    gzip: &'static [u8],
}

macro_rules! file {
    ($name:literal) => {
        Content {
            text: include_str!(concat!(env!("OUT_DIR"), "/static/", $name)),
            brotli: include_bytes!(concat!(env!("OUT_DIR"), "/static/", $name, ".br")),
            gzip: include_bytes!(concat!(env!("OUT_DIR"), "/static/", $name, ".gz")),
        }
    };
}

/// Every file.
static ASSETS: [Asset; 16] = [
    Asset { name: "checkout.css", media_type: CSS, content: file!("checkout.css"), origin: None },
    Asset { name: "backend.css", media_type: CSS, content: file!("backend.css"), origin: None },
    Asset {
        name: "automations.css",
        media_type: CSS,
        content: file!("automations.css"),
        origin: None,
    },
    Asset { name: "backend.js", media_type: JS, content: file!("backend.js"), origin: None },
    Asset { name: "graph.js", media_type: JS, content: file!("graph.js"), origin: None },
    Asset { name: "route.js", media_type: JS, content: file!("route.js"), origin: None },
    Asset { name: "path.js", media_type: JS, content: file!("path.js"), origin: None },
    Asset { name: "docs.css", media_type: CSS, content: file!("docs.css"), origin: None },
    Asset { name: "docs.js", media_type: JS, content: file!("docs.js"), origin: None },
    Asset { name: "mark.svg", media_type: SVG, content: file!("mark.svg"), origin: None },
    Asset {
        name: "uplot.css",
        media_type: CSS,
        content: file!("uplot.min.css"),
        origin: Some(Origin {
            package: "uplot@1.6.32",
            file: "dist/uPlot.min.css",
            licence: "MIT",
            sha256: "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
        }),
    },
    Asset {
        name: "uplot.js",
        media_type: JS,
        content: file!("uplot.min.js"),
        origin: Some(Origin {
            package: "uplot@1.6.32",
            file: "dist/uPlot.iife.min.js",
            licence: "MIT",
            sha256: "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
        }),
    },
    Asset {
        name: "cytoscape.js",
        media_type: JS,
        content: file!("cytoscape.min.js"),
        origin: Some(Origin {
            package: "cytoscape@3.34.4",
            file: "dist/cytoscape.min.js",
            licence: "MIT",
            sha256: "081591ab735b2b6a3b31a3c60f8f3a3e2fee8c92939e0c7820ad1208571b6cd8",
        }),
    },
    // Holds dagre, whose licence stands beside it, too.
    Asset {
        name: "cytoscape-dagre.js",
        media_type: JS,
        content: file!("cytoscape-dagre.min.js"),
        origin: Some(Origin {
            package: "cytoscape-dagre@4.0.1",
            file: "dist/cytoscape-dagre.min.js",
            licence: "MIT",
            sha256: "ec671a41d2bfcac580352e2997797793949e3489cecaf347fc48670d4bd456b0",
        }),
    },
    Asset {
        name: "swagger-ui.css",
        media_type: CSS,
        content: file!("swagger-ui.css"),
        origin: Some(Origin {
            package: "swagger-ui-dist@5.35.0",
            file: "swagger-ui.css",
            licence: "Apache-2.0",
            sha256: "5ed08757e53da3e026d6cbecc61fe5d43585c9560b302d534ad56692519a273d",
        }),
    },
    // Holds libraries of others, whose licences stand beside it, too.
    Asset {
        name: "swagger-ui.js",
        media_type: JS,
        content: file!("swagger-ui-bundle.js"),
        origin: Some(Origin {
            package: "swagger-ui-dist@5.35.0",
            file: "swagger-ui-bundle.js",
            licence: "Apache-2.0",
            sha256: "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2",
        }),
    },
];

/// The names under which the files are found, in the order of [`ASSETS`].
static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let hashed = |asset: &Asset| {
        let (stem, extension) = asset.name.rsplit_once('.').unwrap_or((asset.name, ""));
        let hash = &hex(&Sha256::digest(asset.content.text))[..2 * HASH_BYTES];
        format!("{stem}.{hash}.{extension}")
    };
    ASSETS.iter().map(hashed).collect()
});

/// How a file is sent to those who can read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// The smaller one.
    Brotli,
    /// What everybody reads.
    Gzip,
}

impl Asset {
    /// Its content in a coding, as `build.rs` has compressed it.
    #[must_use]
    pub fn compressed(&self, coding: Coding) -> &'static [u8] {
        match coding {
            Coding::Brotli => self.content.brotli,
            Coding::Gzip => self.content.gzip,
        }
    }
}

/// The file of this name with its hash.
#[must_use]
pub fn find(hashed: &str) -> Option<&'static Asset> {
    NAMES.iter().position(|name| name == hashed).map(|place| &ASSETS[place])
}

/// The address of a file, by its plain name.
#[must_use]
pub fn address(name: &str) -> Option<String> {
    let place = ASSETS.iter().position(|asset| asset.name == name)?;
    NAMES.get(place).map(|hashed| format!("{STATIC}{hashed}"))
}

/// `{{asset "backend.css"}}`: the address of a file.
pub(super) struct AddressOf;

impl HelperDef for AddressOf {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, handlebars::RenderError> {
        let name = helper.param(0).and_then(|name| name.value().as_str()).unwrap_or_default();
        address(name)
            .map(|address| ScopedJson::Derived(address.into()))
            .ok_or_else(|| RenderErrorReason::Other(format!("no file {name}")).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    #[test]
    fn what_is_of_others_is_unmodified_and_has_its_licence() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/static/vendor");
        for asset in &ASSETS {
            let Some(origin) = asset.origin else { continue };
            assert_eq!(hex(&Sha256::digest(asset.content.text)), origin.sha256, "{}", asset.name);
            let (package, version) = origin.package.rsplit_once('@').expect("a pinned version");
            assert!(version.split('.').all(|part| part.parse::<u32>().is_ok()), "{version}");
            let licence = fs::read_to_string(folder.join(format!("{package}.LICENSE")));
            let licence = licence.expect("a licence");
            let words = match origin.licence {
                "MIT" => "Permission is hereby granted",
                _ => "Apache License",
            };
            assert!(licence.contains(words), "{package}");
        }
        let ours = ASSETS.iter().filter(|asset| asset.origin.is_none()).count();
        let listed = fs::read_dir(folder).expect("a folder").filter(|entry| {
            let name = entry.as_ref().expect("an entry").file_name();
            ![".LICENSE", ".NOTICE"].iter().any(|end| name.to_string_lossy().ends_with(end))
        });
        assert_eq!(listed.count(), ASSETS.len() - ours, "every file is in the table");
    }

    #[test]
    fn an_address_holds_the_hash_of_the_content() {
        for asset in &ASSETS {
            let address = address(asset.name).expect("an address");
            let found = find(address.strip_prefix(STATIC).expect("below it")).expect("a file");
            assert_eq!(found.name, asset.name);
            assert!(address.contains(&hex(&Sha256::digest(asset.content.text))[..16]), "{address}");
        }
        assert!(find("backend.css").is_none() && address("no.css").is_none());
    }

    #[test]
    fn every_file_is_the_same_when_unpacked() {
        for Asset { name, content, .. } in &ASSETS {
            let mut unpacked = Vec::new();
            let mut brotli = content.brotli;
            brotli::BrotliDecompress(&mut brotli, &mut unpacked).expect("brotli");
            assert_eq!(unpacked, content.text.as_bytes(), "{name}");
            unpacked.clear();
            let mut gzip = flate2::read::GzDecoder::new(content.gzip);
            std::io::copy(&mut gzip, &mut unpacked).expect("gzip");
            assert_eq!(unpacked, content.text.as_bytes(), "{name}");
        }
        let sheet = ASSETS.iter().find(|asset| asset.name == "backend.css").expect("a sheet");
        let [text, brotli, gzip] = [
            sheet.content.text.len(),
            sheet.compressed(Coding::Brotli).len(),
            sheet.compressed(Coding::Gzip).len(),
        ];
        assert!(brotli < gzip && gzip < text / 2, "{brotli} {gzip} {text}");
    }

    #[test]
    fn our_own_files_load_nothing_from_elsewhere() {
        for asset in ASSETS.iter().filter(|asset| asset.origin.is_none()) {
            let text = asset.content.text.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
            for word in ["url(", "@import", "http:", "https:", "//cdn"] {
                assert!(!text.contains(word), "{word} in {}", asset.name);
            }
        }
    }
}

//! What a CompleteMultipartUpload says, held against the parts that came.

use super::{
    checksum::{Algorithm, Checksum, kind},
    conditions::Writing,
    malformed,
    route::Call,
    store::{Part, Upload, Wanted},
};
use crate::{
    error::AwsError,
    protocol::xml::{self, Element},
};

/// The least that a part may be, except for the last: 5 MB.
const MIN_PART_BYTES: usize = 5 * 1024 * 1024;

/// A completion.
pub struct Asked {
    pub condition: Writing,
    parts: Vec<Named>,
    /// Of the whole object.
    checksum: Option<(Algorithm, String)>,
    kind: Option<String>,
    size: Option<String>,
}

/// A part as a completion names it.
struct Named {
    number: u32,
    /// Without quotes.
    etag: String,
    checksum: Option<(Algorithm, String)>,
}

impl Asked {
    /// Reads one.
    ///
    /// # Errors
    /// When it is malformed, or names no part.
    pub fn of(call: &Call<'_>, body: &[u8]) -> Result<Self, AwsError> {
        let parts = if body.is_empty() {
            Vec::new()
        } else {
            let root = xml::parse(body).map_err(|_| malformed())?;
            let parts = root.children("Part").map(Named::of);
            parts.collect::<Result<Vec<_>, _>>()?
        };
        if parts.is_empty() {
            return Err(invalid("You must specify at least one part"));
        }
        let checksum = Algorithm::ALL.into_iter().find_map(|algorithm| {
            let value = call.header(&algorithm.header())?;
            Some((algorithm, value.to_owned()))
        });
        Ok(Self {
            condition: Writing::of(call)?,
            parts,
            checksum,
            kind: call.header("x-amz-checksum-type").map(str::to_owned),
            size: call.header("x-amz-mp-object-size").map(str::to_owned),
        })
    }

    /// The parts that it names, in its order.
    ///
    /// # Errors
    /// When they are not those of the upload.
    pub fn chosen(&self, upload: &Upload, id: &str) -> Result<Vec<(u32, Part)>, AwsError> {
        let mode = upload.checksum.map(|(_, is_composite)| kind(is_composite));
        if let Some(said) = &self.kind
            && Some(said.as_str()) != mode
        {
            return Err(invalid(format!(
                "The upload was created using the {} checksum mode. The complete request must use the same checksum mode.",
                mode.unwrap_or("null")
            )));
        }
        let mut chosen: Vec<(u32, Part)> = Vec::new();
        for named in &self.parts {
            if chosen.last().is_some_and(|(last, _)| named.number <= *last) {
                return Err(AwsError::new(
                    400,
                    "InvalidPartOrder",
                    "The list of parts was not in ascending order. Parts must be ordered by part number.",
                )
                .with("UploadId", id));
            }
            let part = upload
                .parts
                .get(&named.number)
                .filter(|part| part.etag.trim_matches('"') == named.etag)
                .ok_or_else(|| named.invalid_part(id))?;
            named.check(part, upload, id)?;
            chosen.push((named.number, part.clone()));
        }
        let but_last = chosen.len().saturating_sub(1);
        let small = chosen
            .iter()
            .take(but_last)
            .find(|(_, part)| part.body.len() < MIN_PART_BYTES);
        match small {
            None => Ok(chosen),
            Some((number, part)) => Err(AwsError::new(
                400,
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
            )
            .with("ProposedSize", part.body.len().to_string())
            .with("MinSizeAllowed", MIN_PART_BYTES.to_string())
            .with("PartNumber", number.to_string())
            .with("ETag", part.etag.trim_matches('"'))),
        }
    }

    /// Holds what it says of the whole object against it.
    ///
    /// # Errors
    /// When it is not that.
    pub fn check_whole(&self, sum: &Checksum, size: usize, wanted: Wanted) -> Result<(), AwsError> {
        if let Some(said) = &self.size
            && said.parse() != Ok(size)
        {
            return Err(invalid(format!(
                "The provided 'x-amz-mp-object-size' header value {said} does not match what was computed: {size}"
            )));
        }
        let Some((algorithm, value)) = &self.checksum else {
            return Ok(());
        };
        // Without a word to the contrary, a checksum is one of parts'; the CRC that can't be one is the exception.
        let is_composite =
            self.kind.as_deref() != Some("FULL_OBJECT") && *algorithm != Algorithm::Crc64nvme;
        if wanted.is_none() && *algorithm != sum.algorithm {
            // As in AWS: of an upload that asked for none, another is passed over.
            return Ok(());
        }
        let is_it =
            *algorithm == sum.algorithm && *value == sum.value && is_composite == sum.is_composite;
        if is_it {
            return Ok(());
        }
        Err(AwsError::new(
            400,
            "BadDigest",
            format!(
                "The {} you specified did not match the calculated checksum.",
                sum.algorithm.name().to_ascii_lowercase()
            ),
        ))
    }
}

impl Named {
    fn of(element: &Element) -> Result<Self, AwsError> {
        let number = element
            .text_of("PartNumber")
            .and_then(|text| text.trim().parse().ok())
            .ok_or_else(malformed)?;
        let etag = element.text_of("ETag").ok_or_else(malformed)?;
        Ok(Self {
            number,
            etag: etag.trim().trim_matches('"').to_owned(),
            checksum: Algorithm::ALL.into_iter().find_map(|algorithm| {
                let value = element.text_of(&algorithm.element())?;
                Some((algorithm, value.to_owned()))
            }),
        })
    }

    fn check(&self, part: &Part, upload: &Upload, id: &str) -> Result<(), AwsError> {
        match (&self.checksum, upload.checksum) {
            (None, None | Some((_, false))) => Ok(()),
            (None, Some((algorithm, true))) => Err(invalid(format!(
                "The upload was created using a {} checksum. The complete request must include the checksum for each part. It was missing for part {} in the request.",
                algorithm.name().to_ascii_lowercase(),
                self.number
            ))),
            (Some((said, _)), Some((algorithm, _))) if *said != algorithm => Err(AwsError::new(
                400,
                "BadDigest",
                format!(
                    "The {} you specified for part {} did not match what we received.",
                    said.name().to_ascii_lowercase(),
                    self.number
                ),
            )),
            (Some((_, value)), Some(_))
                if part
                    .checksum
                    .as_ref()
                    .is_some_and(|sum| sum.value == *value) =>
            {
                Ok(())
            }
            _ => Err(self.invalid_part(id)),
        }
    }

    fn invalid_part(&self, id: &str) -> AwsError {
        AwsError::new(
            400,
            "InvalidPart",
            "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        )
        .with("UploadId", id)
        .with("PartNumber", self.number.to_string())
        .with("ETag", self.etag.clone())
    }
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "InvalidRequest", message)
}

//! Whom to trust: the platform's authorities merged with Mozilla's, or those of `--cert`.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
};

use super::settings::NetworkSettings;
use super::validity;
use crate::fs;

/// How a server proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// By a certificate of a known authority.
    Verified,
    /// Not at all: `--trusted-host`.
    Blind,
    /// There is no TLS; a server that starts it is not trusted. Loads no certificates.
    Plain,
}

/// The TLS configuration of a client; the error is one line.
pub(super) fn config(settings: &NetworkSettings, trust: Trust) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = match (trust, &settings.cert) {
        (Trust::Plain, _) => {
            return Ok(builder
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth());
        }
        (Trust::Blind, _) => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Unverified { provider }))
        }
        (Trust::Verified, Some(path)) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Given::new(path, provider)?)),
        (Trust::Verified, None) => {
            let mozilla = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned();
            let verifier =
                rustls_platform_verifier::Verifier::new_with_extra_roots(mozilla, provider)
                    .map_err(|error| error.to_string())?;
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        }
    };
    let Some(path) = &settings.client_cert else { return Ok(builder.with_no_client_auth()) };
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let invalid = |error: &dyn std::fmt::Display| {
        format!("the client certificate {} can't be used: {error}", path.display())
    };
    let chain = certificates(&bytes).map_err(|error| invalid(&error))?;
    let key = PrivateKeyDer::from_pem_slice(&bytes).map_err(|error| invalid(&error))?;
    builder.with_client_auth_cert(chain, key).map_err(|error| invalid(&error))
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, rustls::pki_types::pem::Error> {
    CertificateDer::pem_slice_iter(pem).collect()
}

/// The certificates of a PEM file, or of all PEM files of a directory.
fn read_bundle(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let missing = || format!("no TLS CA certificate bundle can be read at {}", path.display());
    let mut found = Vec::new();
    if fs::is_dir(path) {
        for entry in fs::read_dir(path).map_err(|error| error.to_string())? {
            // Other files than certificates are usual in such directories.
            let read = fs::read(path.join(&entry.name)).ok();
            found.extend(read.and_then(|bytes| certificates(&bytes).ok()).unwrap_or_default());
        }
    } else {
        let bytes = fs::read(path).map_err(|_| missing())?;
        found = certificates(&bytes).map_err(|error| format!("{}: {error}", missing()))?;
    }
    if found.is_empty() { Err(missing()) } else { Ok(found) }
}

/// Trusts what `--cert` names: authorities, and server certificates themselves as OpenSSL does.
#[derive(Debug)]
struct Given {
    authorities: Arc<WebPkiServerVerifier>,
    listed: Vec<CertificateDer<'static>>,
}

impl Given {
    fn new(path: &Path, provider: Arc<CryptoProvider>) -> Result<Self, String> {
        let listed = read_bundle(path)?;
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(listed.iter().cloned());
        let authorities = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| format!("{} can't be used: {error}", path.display()))?;
        Ok(Self { authorities, listed })
    }
}

impl ServerCertVerifier for Given {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let verified = self.authorities.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        // A self-signed certificate of a server is no authority in the eyes of webpki.
        if verified.is_err() && self.listed.iter().any(|listed| listed == end_entity) {
            verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            validity::check(end_entity, now)?;
            return Ok(ServerCertVerified::assertion());
        }
        verified
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.authorities.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.authorities.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authorities.supported_verify_schemes()
    }
}

/// Takes any certificate, as the user asked for this host.
#[derive(Debug)]
struct Unverified {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

//! TLS for sessions with a database, by rustls, which is here for tiles anyway.
//!
//! As `PostgreSQL`'s own programs have it, `sslmode=require` makes the connection secret and asks
//! nobody who the server is; `verify-ca` and `verify-full` do, by `sslrootcert` or the certificates
//! that browsers trust, and both compare the name.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use postgres::Socket;
use postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsConnector;

/// How it is made sure who a server is.
#[derive(Clone)]
pub(super) struct Verification(Arc<ClientConfig>);

impl Verification {
    /// What an address says of that, and the address without what only this understands.
    pub(super) fn of(address: &str) -> (String, Result<Self, String>) {
        let (before, parameters) = address.split_once('?').unwrap_or((address, ""));
        let (mut left, mut certificates, mut verifies) = (Vec::new(), None, false);
        for parameter in parameters
            .split('&')
            .filter(|parameter| !parameter.is_empty())
        {
            match parameter.split_once('=') {
                Some(("sslrootcert", file)) => certificates = Some(file),
                Some(("sslmode", "verify-ca" | "verify-full")) => {
                    verifies = true;
                    left.push("sslmode=require");
                }
                Some(("sslmode", "allow")) => left.push("sslmode=prefer"),
                _ => left.push(parameter),
            }
        }
        let mark = if left.is_empty() { "" } else { "?" };
        let address = format!("{before}{mark}{}", left.join("&"));
        (address, Self::new(verifies, certificates))
    }

    fn new(verifies: bool, certificates: Option<&str>) -> Result<Self, String> {
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider));
        let config = config.with_safe_default_protocol_versions();
        let config = config.map_err(|error| error.to_string())?;
        let config = if verifies {
            config.with_root_certificates(roots(certificates)?)
        } else {
            let anyone = Arc::new(Anyone(provider));
            config.dangerous().with_custom_certificate_verifier(anyone)
        };
        Ok(Self(Arc::new(config.with_no_client_auth())))
    }
}

/// Those of a file, or those that browsers trust.
fn roots(file: Option<&str>) -> Result<RootCertStore, String> {
    let Some(file) = file.filter(|file| *file != "system") else {
        let known = webpki_roots::TLS_SERVER_ROOTS.iter().cloned();
        return Ok(known.collect());
    };
    let wrong = |error: &dyn std::fmt::Display| format!("sslrootcert={file}: {error}");
    let mut roots = RootCertStore::empty();
    let all = CertificateDer::pem_file_iter(file).map_err(|error| wrong(&error))?;
    for certificate in all {
        let certificate = certificate.map_err(|error| wrong(&error))?;
        roots.add(certificate).map_err(|error| wrong(&error))?;
    }
    Ok(roots)
}

/// Takes any server for the one that is meant; what it signs must be signed all the same.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

impl MakeTlsConnect<Socket> for Verification {
    type Stream = Secret;
    type TlsConnect = Handshake;
    type Error = rustls::pki_types::InvalidDnsNameError;

    fn make_tls_connect(&mut self, host: &str) -> Result<Handshake, Self::Error> {
        // On a socket of the same machine there is no name, and nothing is made secret.
        let name = if host.is_empty() { "localhost" } else { host };
        Ok(Handshake {
            config: Arc::clone(&self.0),
            name: ServerName::try_from(name.to_owned())?,
        })
    }
}

/// A handshake that is to be made.
pub(super) struct Handshake {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl TlsConnect<Socket> for Handshake {
    type Stream = Secret;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Secret>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        let connecting = TlsConnector::from(self.config).connect(self.name, socket);
        Box::pin(async move { connecting.await.map(Secret) })
    }
}

/// A connection that nobody else can read.
pub(super) struct Secret(tokio_rustls::client::TlsStream<Socket>);

impl TlsStream for Secret {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Secret {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Secret {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_what_only_this_understands() {
        for (address, expected) in [
            ("postgresql://h/d", "postgresql://h/d"),
            (
                "postgresql://h/d?sslmode=verify-full",
                "postgresql://h/d?sslmode=require",
            ),
            (
                "postgresql://h/d?sslmode=disable&a=b",
                "postgresql://h/d?sslmode=disable&a=b",
            ),
            ("postgresql://h/d?sslrootcert=system", "postgresql://h/d"),
        ] {
            let (address, verification) = Verification::of(address);
            assert_eq!(address, expected);
            assert!(verification.is_ok());
        }
        let (_, missing) =
            Verification::of("postgresql://h?sslmode=verify-ca&sslrootcert=/no/such");
        assert!(missing.is_err_and(|fact| fact.starts_with("sslrootcert=/no/such")));
    }
}

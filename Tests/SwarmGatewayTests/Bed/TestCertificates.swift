/// Certificates of an authority that exists only for these tests; valid until 2126, for 127.0.0.1.
enum TestCertificates {
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBejCCASGgAwIBAgIUdVTFikNajKSVL6wzREsX0YGxKYwwCgYIKoZIzj0EAwIw
        EjEQMA4GA1UEAwwHdGVzdC1jYTAgFw0yNjExMjExMDA1MzZaGA8yMTI2MTAyODEw
        MDUzNlowEjEQMA4GA1UEAwwHdGVzdC1jYTBZMBMGByqGSM49AgEGCCqGSM49AwEH
        A0IABACUTVEwEnUmzgMJ+xgFTM+9rGBCznrT+JzihI3O5fWJdIRFsvIw/eHmBFvL
        Vog3WcE/zM+mPpuotWFtdVoR9IyjUzBRMB0GA1UdDgQWBBSmZencWGH6BwvnxNgp
        wND16vndIzAfBgNVHSMEGDAWgBSmZencWGH6BwvnxNgpwND16vndIzAPBgNVHRMB
        Af8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIEa9r7eOygWvGfwxPWq7rJKs/e7s
        VBOl/Zj6u+jd/9gAAiA0JTz7zsuOcaSyNWyshr2YJ1EhQQEDTKv8I+V6UgKRWQ==
        -----END CERTIFICATE-----

        """

    static let server = """
        -----BEGIN CERTIFICATE-----
        MIIBmTCCAT+gAwIBAgIUG3ncZzTdo+cedXm7cSHohjbWU/UwCgYIKoZIzj0EAwIw
        EjEQMA4GA1UEAwwHdGVzdC1jYTAgFw0yNjExMjExMDA1MzZaGA8yMTI2MTAyODEw
        MDUzNlowETEPMA0GA1UEAwwGc2VydmVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD
        QgAEcUF+9v3fAqG0YYXXv7r0XqGo9UBPKjEU6MWBhXd4rTWESD+CWbtFSke0pRSs
        J8JizmMJMf6N4MYMLd8TgwzaLqNyMHAwDwYDVR0RBAgwBocEfwAAATAdBgNVHSUE
        FjAUBggrBgEFBQcDAQYIKwYBBQUHAwIwHQYDVR0OBBYEFIdJKpOtuSrePtC+OJbL
        QrEu6Pn2MB8GA1UdIwQYMBaAFKZl6dxYYfoHC+fE2CnA0PXq+d0jMAoGCCqGSM49
        BAMCA0gAMEUCIGe+mz5XsM6vXBD3QCcH6UztOyP+j/12lEVfG+S7R2qoAiEArpk3
        QMz8ZEqYtR2P/Inq1KAjyY63vDuic1KcwZt2LHg=
        -----END CERTIFICATE-----

        """

    static let serverKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgvz/viLeJbs7n1CiS
        TKgFOghxj9pe7kLOsSc+jTmhDk6hRANCAARxQX72/d8CobRhhde/uvReoaj1QE8q
        MRToxYGFd3itNYRIP4JZu0VKR7SlFKwnwmLOYwkx/o3gxgwt3xODDNou
        -----END PRIVATE KEY-----

        """

    static let client = """
        -----BEGIN CERTIFICATE-----
        MIIBmjCCAT+gAwIBAgIUG3ncZzTdo+cedXm7cSHohjbWU/YwCgYIKoZIzj0EAwIw
        EjEQMA4GA1UEAwwHdGVzdC1jYTAgFw0yNjExMjExMDA1MzZaGA8yMTI2MTAyODEw
        MDUzNlowETEPMA0GA1UEAwwGY2xpZW50MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD
        QgAE9v7gr5+U5CacQVLVSUYpYPtJyDRckJW42qqVdiVk/jkPiSIs/zWD28e1jbZS
        gFDlMKs0XW+JNYvCtGQg67T32aNyMHAwDwYDVR0RBAgwBocEfwAAATAdBgNVHSUE
        FjAUBggrBgEFBQcDAQYIKwYBBQUHAwIwHQYDVR0OBBYEFFok3RFkVVMkInb1GVRp
        17uRspQoMB8GA1UdIwQYMBaAFKZl6dxYYfoHC+fE2CnA0PXq+d0jMAoGCCqGSM49
        BAMCA0kAMEYCIQCYSZuL0ijN4iZ9jlh0tcmH/6y6ltve8W8H8N1HRPARcQIhANzi
        BBGFnNyN76ByZHH+JJ/Rie53Y/kd8lK/CLGeWNgx
        -----END CERTIFICATE-----

        """

    static let clientKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3EDz4x8PB3hK7hBw
        gozR4AZ9Rbi9GFXsIe5eLnucuVOhRANCAAT2/uCvn5TkJpxBUtVJRilg+0nINFyQ
        lbjaqpV2JWT+OQ+JIiz/NYPbx7WNtlKAUOUwqzRdb4k1i8K0ZCDrtPfZ
        -----END PRIVATE KEY-----

        """
}

"""The security headers of every answer: strict content policy (no inline, nothing from elsewhere), no framing, no sniffing."""

from flask import Flask, Response, request

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "connect-src 'self'",
        "frame-src 'none'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        ("geolocation=(self)", "camera=(self)", "microphone=(self)", *(f"{name}=()" for name in "bluetooth display-capture hid idle-detection "
        "local-fonts midi payment publickey-credentials-get screen-wake-lock serial usb window-management xr-spatial-tracking".split()))
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}
PUT = tuple((name.lower(), name, value) for name, value in ALWAYS.items())
YEAR = 365 * 24 * 3600


def protect(app: Flask) -> None:
    """Put the headers on every answer of `app`. Pages with people's matters are kept in no cache."""

    @app.after_request
    def put_headers(response: Response) -> Response:
        given = {name.lower() for name, _ in response.headers}
        for low, name, value in PUT:
            if low not in given:
                response.headers.add(name, value)
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR}")
        return response

"""The SMS vendors' fakes: strict local servers that speak as 阿里云 and 腾讯云 do, and the phones that they reach.

What the vendor holds (account, signatures, templates, addresses for call-backs) is registered in one file each,
``aliyun.toml`` and ``tencent.toml``; what was sent is in one appended file each, the witness.
"""

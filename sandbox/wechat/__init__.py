"""A WeChat Official Account (微信公众号) on loopback: what publishing needs of api.weixin.qq.com, strictly.

Written from the documents at developers.weixin.qq.com/doc/service. Where they are silent, this account does what is
hardest for whoever speaks to it, and says so there. Its journal is the witness: everything that the account holds is in
it before it answers.
"""
